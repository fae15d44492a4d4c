import { TAG_TWIN } from "../../clients/web/games/tag_move.js";
import { Client, PlaceBlend, registerTwin, rowsOf } from "../../clients/web/sdk/index.js";
import { FakeTimers } from "./fakes.js";
import { BYTES_OF_JSON, ME, OTHER, TagServer } from "./tag_server.js";

/**
 * @typedef {import("../../clients/web/sdk/netcode.js").Frame} Frame
 * @typedef {{ dx: number, dy: number, jump?: boolean }} Steer
 *
 * One drawn frame, and what was true at that moment.
 * @typedef {object} Drawn
 * @property {number} at_ms since the start
 * @property {Frame} frame
 * @property {number} other_x where the other one is drawn
 * @property {number} clock_error_ms
 */

const FRAME_MS = 1000 / 60;
registerTwin("tag", TAG_TWIN);

/**
 * A client at 60 frames a second, and a server, over a link of the lag laboratory: all on one fake clock.
 */
export class Simulation {
  timers = new FakeTimers();
  /** @type {Drawn[]} */
  drawn = [];
  /** @type {Steer} */
  held = { dx: 0, dy: 0 };
  /** @type {import("../../clients/web/sdk/net_stats.js").NetSample[]} */
  samples = [];
  server;
  client;
  #room = /** @type {import("../../clients/web/sdk/index.js").Room|null} */ (null);
  #places = new PlaceBlend(1000);

  /** @param {{ rate_hz?: number, binary?: boolean, latency_ms?: number, jitter_ms?: number, seed?: number }} [options] */
  constructor({ rate_hz = 20, binary = false, latency_ms = 0, jitter_ms = 0, seed = 1 } = {}) {
    this.server = new TagServer(this.timers, { rate_hz, binary });
    this.client = new Client({
      url: "ws://test/ws",
      openSocket: () => this.server,
      timers: this.timers,
      random: dice(seed),
      binary: BYTES_OF_JSON,
    });
    this.client.lag.latency_ms = latency_ms;
    this.client.lag.jitter_ms = jitter_ms;
  }

  get room() {
    if (this.#room === null) throw new Error("not joined yet");
    return this.#room;
  }

  /** Joins, and waits until that is done. */
  async join() {
    const joining = this.client.join({ game: "tag", name: "Ann" });
    this.server.onopen?.({});
    this.timers.advance(1_000);
    this.#room = await joining;
    this.#room.on("snapshot", () => {
      const { latest } = this.room.stats;
      if (latest !== undefined) this.samples.push(latest);
    });
  }

  /**
   * @param {number} for_ms
   * @param {(at_ms: number) => Steer} [steer] what is held at each frame
   */
  run(for_ms, steer = () => this.held) {
    const end_ms = this.timers.now() + for_ms;
    for (let start_ms = this.timers.now(); this.timers.now() < end_ms; ) {
      this.timers.advance(FRAME_MS);
      this.held = steer(this.timers.now() - start_ms);
      this.#draw();
    }
  }

  /** @param {number} from_ms on the clock of `timers` */
  drawnSince(from_ms) {
    return this.drawn.filter(({ at_ms }) => at_ms >= from_ms);
  }

  #draw() {
    const now_ms = this.timers.now();
    const frame = this.room.frame(now_ms, this.held);
    if (frame === null) return;
    this.#places.begin(frame.jumped, FRAME_MS);
    const to = Number(rowsOf(frame.to, "runners").get(OTHER)?.x);
    const from = Number(rowsOf(frame.from, "runners").get(OTHER)?.x ?? to);
    const other_x = this.#places.place(OTHER, from + (to - from) * frame.alpha, 0).x;
    const { clock } = this.room;
    const clock_error_ms = (clock.tick(now_ms) - this.server.time) / clock.rate;
    this.drawn.push({ at_ms: now_ms, frame, other_x, clock_error_ms });
  }
}

/** @returns {{ x: number, y: number }} */
export function ownOn(/** @type {TagServer} */ server) {
  return server.rows.get(ME);
}

/**
 * @param {number[]} values
 * @param {number} part
 */
export function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/**
 * Even, and the same each time: mulberry32.
 *
 * @param {number} seed
 */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
