// One headless player of the arena over a bad network, in JavaScript: as netcode_player.py, with the JavaScript SDK.

import "../clients/web/games/twins.js";
import { Client, PlaceBlend } from "../clients/web/sdk/index.js";

const FRAME_MS = 1000 / 60;
/** Clocks and delays find their values first. */
const SETTLE_MS = 4000;
const SUB = 16;
const JUMP = 160;
/** Units a frame: whoever moves less stands still. */
const REST = 0.01;

const [through, direct, seconds, seed] = process.argv.slice(2);
// Node's own clock begins with the process; records are on the machine's, like Python's.
const offset_ms = Number(process.hrtime.bigint()) / 1e6 - performance.now();

let state = Number(seed) >>> 0;
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

const socket = (/** @type {string} */ address) => `${address.replace(/^http/, "ws")}/ws`;
const client = new Client({ url: socket(through) });
const witness = new Client({ url: socket(direct) });
const room = await client.join({ game: "arena", name: "JavaScript" });
// The same room without the bad network: what the server's clock really says.
const watched = await witness.spectate(room.id);

/** @type {any} */
const out = { frames: [], presses: [], corrections: [], clock_errors: [] };
const places = new PlaceBlend(JUMP);
let steer = { dx: 0, dy: 0, aim: 0, fire: false, dash: false };
let change_ms = 0;
let sinceRest = 0;
let seen_ms = 0;
/** @type {{ x: number, y: number }|null} */
let last = null;
const began_ms = performance.now();
const end_ms = began_ms + SETTLE_MS + Number(seconds) * 1000;
let next_ms = began_ms;
let before_ms = began_ms;

function frame() {
  const now_ms = performance.now();
  if (now_ms >= end_ms) {
    finish();
    return;
  }
  let pressed = false;
  if (now_ms >= change_ms) {
    change_ms = now_ms + 500 + random() * 700;
    // Every other time it stands still, so that a press from rest can be told.
    const resting = steer.dx === 0 && steer.dy === 0;
    const moves = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => ({ dx, dy }))).filter(({ dx, dy }) => dx || dy);
    const way = resting || random() < 0.5 ? moves[Math.floor(random() * moves.length)] : { dx: 0, dy: 0 };
    pressed = resting && sinceRest > 20;
    steer = { ...steer, dx: way?.dx ?? 0, dy: way?.dy ?? 0, aim: Math.floor(random() * 256) };
  }
  const drawn = room.frame(now_ms, steer);
  if (drawn?.own) record(drawn, now_ms, pressed);
  before_ms = now_ms;
  next_ms = Math.max(next_ms + FRAME_MS, performance.now());
  setTimeout(frame, Math.max(0, next_ms - performance.now()));
}

/**
 * @param {NonNullable<ReturnType<typeof room.frame>>} drawn
 * @param {number} now_ms
 * @param {boolean} pressed
 */
function record(drawn, now_ms, pressed) {
  const own = /** @type {NonNullable<typeof drawn.own>} */ (drawn.own);
  const [x, y] = [own.x / SUB, own.y / SUB];
  /** @type {Record<string, [number, number]>} */
  const others = {};
  const from = drawn.from.tables.get("fighters");
  places.begin(drawn.jumped, now_ms - before_ms);
  for (const [id, to] of drawn.to.tables.get("fighters") ?? []) {
    if (id === room.player) continue;
    const start = /** @type {any} */ (from?.get(id) ?? to);
    const end = /** @type {any} */ (to);
    const place = places.place(
      id,
      (start.x + (end.x - start.x) * drawn.alpha) / SUB,
      (start.y + (end.y - start.y) * drawn.alpha) / SUB,
    );
    others[id] = [place.x, place.y];
  }
  const moved = last === null ? 0 : Math.hypot(x - last.x, y - last.y);
  sinceRest = moved < REST && steer.dx === 0 && steer.dy === 0 ? sinceRest + 1 : 0;
  const nearest = Math.min(1e9, ...Object.values(others).map(([ox, oy]) => Math.hypot(x - ox, y - oy)));
  if (now_ms >= began_ms + SETTLE_MS) {
    const at_s = (now_ms + offset_ms) / 1000;
    out.frames.push([at_s, x, y, drawn.tick, room.state.tick, others]);
    const error = room.clock.tick(now_ms) - watched.clock.tick(now_ms);
    out.clock_errors.push([at_s, (error / room.tickRate_hz) * 1000]);
    if (pressed) out.presses.push([at_s, moved]);
    for (const sample of room.stats.samples) {
      if (sample.at_ms <= seen_ms || sample.correction === null) continue;
      out.corrections.push([(sample.at_ms + offset_ms) / 1000, sample.correction, nearest]);
    }
  }
  seen_ms = now_ms;
  last = { x, y };
}

function finish() {
  const { delay_ms, rtt_ms, bytes_per_s } = room.stats.latest ?? {};
  process.stdout.write(JSON.stringify({ ...out, delay_ms, rtt_ms, bytes_per_s }), () => process.exit(0));
}

frame();
