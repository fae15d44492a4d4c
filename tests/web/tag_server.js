import { TAG_TWIN } from "../../clients/web/games/tag_move.js";
import { receiveJson } from "../../clients/web/sdk/snapshots.js";

/**
 * @typedef {import("../../clients/web/sdk/state.js").Row} Row
 * @typedef {import("../../clients/web/sdk/messages.js").Schema} Schema
 * @typedef {{ dx: number, dy: number, jump?: boolean }} Steer
 */

/** @type {Schema} */
const SCHEMA = {
  runners: {
    kind: "per_player",
    fields: [
      ["x", "u16"],
      ["y", "u16"],
      ["it", "bool"],
      ["frozen_until", "u32"],
    ],
  },
};
export const ME = 1;
export const OTHER = 2;
const MOST_WAITING = 4;
const REST = { dx: 0, dy: 0 };

/**
 * A server of tag in the browser's place: one player, and another that runs to and fro. Its queue of inputs follows the
 * rules of the server's `inputs.py`. It speaks through a socket that it is.
 */
export class TagServer {
  readyState = 1;
  /** @type {((event: any) => void)|null} */
  onopen = null;
  /** @type {((event: any) => void)|null} */
  onmessage = null;
  /** @type {((event: any) => void)|null} */
  onclose = null;
  tick = 0;
  /** Steps at which no input was there though one had come before. */
  starved = 0;
  /** @type {Map<number, any>} */
  rows = new Map([
    [ME, { x: 400, y: 300, it: false, frozen_until: 0 }],
    [OTHER, { x: 100, y: 100, it: false, frozen_until: 0 }],
  ]);
  /** @type {{ seq: number, input: Steer }[]} */
  waiting = [];
  /** @type {number|null} */
  ack = null;
  #held = REST;
  #away = false;
  #margin = 0;
  #start_ms;
  #timers;
  #rate_hz;
  #binary;
  #base = /** @type {number|null} */ (null);

  /**
   * @param {import("./fakes.js").FakeTimers} timers
   * @param {{ rate_hz: number, binary: boolean }} options `binary`: whether snapshots tell of the input queue
   */
  constructor(timers, { rate_hz, binary }) {
    this.#timers = timers;
    this.#rate_hz = rate_hz;
    this.#binary = binary;
    this.#start_ms = timers.now();
  }

  /** The room's time: its last tick, and the fraction of the next that has passed. */
  get time() {
    return ((this.#timers.now() - this.#start_ms) * this.#rate_hz) / 1000;
  }

  /** @param {string} text */
  send(text) {
    const { type, payload, seq } = JSON.parse(text);
    if (type === "join") this.#join();
    else if (type === "resume") this.#resume();
    else if (type === "ping") this.#say("pong", { t: payload.t, tick: this.time });
    else if (type === "steer") this.#queue(seq, payload);
  }

  close() {
    this.readyState = 3;
  }

  /** The connection breaks. The seat waits, holds nothing, and forgets what waited. */
  lose() {
    this.#away = true;
    this.#held = REST;
    this.waiting = [];
    this.ack = null;
    this.#base = null;
    this.onclose?.({ code: 1006 });
  }

  /** A connection can be made. */
  accept() {
    this.readyState = 1;
    this.onopen?.({});
  }

  #join() {
    this.#letIn();
    this.#next();
  }

  #resume() {
    this.#away = false;
    this.#letIn();
  }

  #letIn() {
    const { rows } = this;
    this.#say("joined", {
      protocol: 1,
      room: "sim",
      game: "tag",
      handle: 1,
      role: "player",
      player: ME,
      tick: this.tick,
      tick_rate: this.#rate_hz,
      token: `token ${this.tick}`,
      schema: SCHEMA,
      players: [...rows.keys()].map((player) => ({ player, name: `${player}`, bot: false })),
      audience: { players: rows.size, spectators: 0 },
    });
  }

  #next() {
    const due_ms = this.#start_ms + ((this.tick + 1) * 1000) / this.#rate_hz;
    this.#timers.set(() => this.#step(), due_ms - this.#timers.now());
  }

  #step() {
    this.tick += 1;
    const taken = this.waiting.shift();
    if (taken !== undefined) {
      this.#held = taken.input;
      this.ack = taken.seq;
    } else if (this.ack !== null) {
      this.starved += 1;
    }
    this.#margin = taken === undefined ? -1 : this.waiting.length;
    const world = { now: this.tick, rows: () => new Map(), one: () => undefined };
    TAG_TWIN.move(this.rows.get(ME), this.#held, world);
    // To and fro, turning once a second.
    const turn = Math.floor(this.tick / this.#rate_hz) % 2 === 0 ? 1 : -1;
    TAG_TWIN.move(this.rows.get(OTHER), { dx: turn, dy: 0 }, world);
    if (this.tick % 10 === 0 && !this.#away) this.#say("event", { name: "beat", tick: this.tick, data: {} });
    this.#snapshot();
    this.#next();
  }

  #snapshot() {
    const set = Object.fromEntries([...this.rows].map(([id, row]) => [id, Object.values(row)]));
    if (this.#away) return;
    const payload = { tick: this.tick, base: this.#base, ack: this.ack, tables: { runners: { set } } };
    this.#base = this.tick;
    if (!this.#binary) this.#say("snapshot", payload);
    else this.#deliver(new TextEncoder().encode(JSON.stringify({ ...payload, margin: this.#margin })).buffer);
  }

  /**
   * @param {number} seq
   * @param {Steer} input
   */
  #queue(seq, input) {
    this.waiting.push({ seq, input });
    if (this.waiting.length <= MOST_WAITING) return;
    const older = this.waiting.shift();
    const newer = this.waiting[0];
    if (older?.input.jump && newer) newer.input = { ...newer.input, jump: true };
  }

  /**
   * @param {string} type
   * @param {object} payload
   */
  #say(type, payload) {
    this.#deliver(JSON.stringify({ type, handle: 1, payload }));
  }

  /** @param {string|ArrayBuffer} data */
  #deliver(data) {
    this.onmessage?.({ data });
  }
}

/**
 * A format for binary snapshots that tell of the input queue: JSON in bytes.
 *
 * @type {import("../../clients/web/sdk/snapshots.js").BinaryFormat}
 */
export const BYTES_OF_JSON = {
  handleOf: () => 1,
  decoder: (schema) => ({
    decode: (previous, frame) => {
      const { margin, ...snapshot } = JSON.parse(new TextDecoder().decode(frame));
      return { ...receiveJson(schema, previous, snapshot), margin };
    },
  }),
};
