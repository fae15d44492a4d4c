import assert from "node:assert/strict";
import { test } from "node:test";
import { Predictor, ServerClock } from "../../clients/web/sdk/index.js";
import { InputLead } from "../../clients/web/sdk/input_lead.js";

const RATE_HZ = 20;
const TICK_MS = 1000 / RATE_HZ;
const ME = 3;
const SPEED = 10;

/** @type {import("../../clients/web/sdk/twins.js").Twin} */
const TWIN = {
  input: "steer",
  table: "runners",
  move: (me, { dx }) => {
    me.x += SPEED * dx;
  },
  teleported: (before, after) => before.life !== after.life,
};

/**
 * @param {number} tick
 * @param {object|null} own
 */
function state(tick, own) {
  const rows = new Map(own === null ? [] : [[ME, { x: 0, y: 0, life: 1, ...own }]]);
  return /** @type {any} */ ({ tick, tables: new Map([["runners", rows]]) });
}

/** A predictor on a clock that is right: tick 0 at 0 ms, over a link without a way. */
function predicting() {
  const clock = new ServerClock(RATE_HZ);
  clock.pong(0, 0, 0);
  /** @type {any[]} */
  const sent = [];
  const link = { open: true };
  const send = (/** @type {any} */ input) => (link.open ? sent.push(input) : null);
  const predictor = new Predictor({ twin: TWIN, player: ME, clock, send });
  return { predictor, sent, link };
}

/**
 * What a snapshot does when a frame follows at once.
 *
 * @param {Predictor} predictor
 * @param {Parameters<Predictor["hear"]>} heard
 */
function reconcile(predictor, ...heard) {
  predictor.hear(...heard);
  return predictor.settle();
}

test("each client tick sends what is held, changed or not, and moves the own row", () => {
  const { predictor, sent } = predicting();
  reconcile(predictor, state(0, {}), null, null, 0);
  predictor.hold({ dx: 1 });
  for (let now_ms = 0; now_ms <= 3 * TICK_MS; now_ms += TICK_MS / 4) predictor.advance(now_ms);
  assert.deepEqual(sent, [{ dx: 1 }, { dx: 1 }, { dx: 1 }, { dx: 1 }]);
  assert.equal(predictor.predicted()?.x, 4 * SPEED);
  predictor.advance(3.5 * TICK_MS);
  assert.equal(predictor.predicted()?.x, 4.5 * SPEED);
});

test("what the server has consumed is dropped, the rest is run again", () => {
  const { predictor, sent } = predicting();
  reconcile(predictor, state(0, {}), null, null, 0);
  predictor.hold({ dx: 1 });
  for (let tick = 0; tick < 4; tick++) predictor.advance(tick * TICK_MS);
  assert.deepEqual(reconcile(predictor, state(2, { x: 20 }), 2, null, 150), { x: 0, y: 0 });
  assert.equal(predictor.pending, sent.length - 2);
  // Somebody pushed: all that follows is pushed, too.
  assert.deepEqual(reconcile(predictor, state(3, { x: 25, y: 4 }), 3, null, 200), { x: 5, y: -4 });
  assert.equal(predictor.predicted()?.row.y, 4);
});

test("a new place is no error", () => {
  const { predictor } = predicting();
  reconcile(predictor, state(0, {}), null, null, 0);
  predictor.hold({ dx: 1 });
  predictor.advance(0);
  assert.equal(predictor.snap, 10 * SPEED);
  assert.ok(reconcile(predictor, state(1, { x: 10 + 10 * SPEED }), 1, null, 50) !== null);
  assert.equal(reconcile(predictor, state(2, { x: -10 * SPEED }), 1, null, 100), null);
  assert.equal(reconcile(predictor, state(3, { x: -10 * SPEED, life: 2 }), 1, null, 150), null);
});

test("another input in the midst of a tick turns the way that is drawn, and doesn't break it", () => {
  const { predictor } = predicting();
  reconcile(predictor, state(0, {}), null, null, 0);
  predictor.hold({ dx: 1 });
  predictor.advance(0);
  predictor.advance(TICK_MS * 0.5);
  const before = predictor.predicted();
  predictor.hold({ dx: -1 });
  predictor.advance(TICK_MS * 0.6);
  const after = predictor.predicted();
  assert.ok(before && after);
  // Drawn is the place and the visual error: from 15 a tenth of a step back.
  assert.ok(Math.abs(after.x + after.swerve.x - (before.x - 0.1 * SPEED)) < 1e-9);
});

test("more than four ticks due are not made up for", () => {
  const { predictor, sent } = predicting();
  reconcile(predictor, state(0, {}), null, null, 0);
  predictor.hold({ dx: 0 });
  predictor.advance(0);
  sent.length = 0;
  predictor.advance(20 * TICK_MS);
  assert.equal(sent.length, 4);
  predictor.advance(21 * TICK_MS);
  assert.equal(sent.length, 5);
});

test("a server that doesn't answer gets no more than 64 inputs", () => {
  const { predictor, sent } = predicting();
  reconcile(predictor, state(0, {}), null, null, 0);
  predictor.hold({ dx: 1 });
  for (let tick = 0; tick < 100; tick++) predictor.advance(tick * TICK_MS);
  assert.equal(sent.length, 64);
});

test("without a connection the own row goes on, as long as in a stall", () => {
  const { predictor, sent, link } = predicting();
  reconcile(predictor, state(0, {}), null, null, 0);
  predictor.hold({ dx: 1 });
  link.open = false;
  for (let tick = 0; tick < 10; tick++) predictor.advance(tick * TICK_MS);
  assert.equal(predictor.predicted()?.x, 10 * SPEED);
  for (let tick = 10; tick < 100; tick++) predictor.advance(tick * TICK_MS);
  assert.equal(predictor.predicted()?.x, 65 * SPEED);
  assert.deepEqual(sent, []);
});

test("after a restart the keyframe is run on from by what was sent since, whatever was under way before", () => {
  const { predictor, sent, link } = predicting();
  reconcile(predictor, state(0, {}), null, 2, 0);
  predictor.hold({ dx: 1 });
  for (let tick = 0; tick < 5; tick++) predictor.advance(tick * TICK_MS);
  link.open = false;
  for (let tick = 5; tick < 9; tick++) predictor.advance(tick * TICK_MS);
  link.open = true;
  predictor.restart();
  assert.equal(predictor.pending, 0);
  const before = predictor.predicted()?.x;
  predictor.advance(9 * TICK_MS);
  assert.equal(Number(predictor.predicted()?.x), Number(before) + SPEED);
  // The server had three inputs before the connection was lost, and has none of the new ones yet.
  assert.deepEqual(reconcile(predictor, state(9, { x: 3 * SPEED }), null, 0, 9 * TICK_MS), {
    x: 6 * SPEED,
    y: 0,
  });
  assert.deepEqual([predictor.predicted()?.x, predictor.pending], [4 * SPEED, 1]);
  // The numbers began afresh: what is consumed of them counts, and nothing is to be corrected any more.
  const seq = sent.length;
  assert.deepEqual(reconcile(predictor, state(10, { x: 4 * SPEED }), seq, 0, 10 * TICK_MS), { x: 0, y: 0 });
  assert.equal(predictor.pending, 0);
});

test("without an own row inputs are sent all the same, and nothing is predicted", () => {
  const { predictor, sent } = predicting();
  reconcile(predictor, state(0, null), null, null, 0);
  predictor.hold({ dx: 1 });
  predictor.advance(0);
  assert.equal(sent.length, 1);
  assert.equal(predictor.predicted(), null);
});

/**
 * A lead over a link of 100 ms without jitter, told a margin every 50 ms.
 *
 * @param {(at_ms: number) => number|null} margin
 * @param {number} for_ms
 */
function led(margin, for_ms) {
  const clock = new ServerClock(RATE_HZ);
  for (let n = 0; n < 4; n++) clock.pong(n * 100 - 100, (n * 100 - 50) / TICK_MS, n * 100);
  const lead = new InputLead(clock);
  let left_out = 0;
  for (let now_ms = 400; now_ms < 400 + for_ms; now_ms += TICK_MS) {
    left_out += lead.hear(margin(now_ms), now_ms);
    lead.advance(now_ms);
  }
  return { ticks: lead.ticks, left_out };
}

test("the lead begins as one way and a tick, and stays so where the server doesn't tell", () => {
  assert.deepEqual(
    led(() => null, 5_000),
    { ticks: 2, left_out: 0 },
  );
});

test("a step without an input raises it by half a tick, once per round trip, but not without end", () => {
  assert.equal(led((at_ms) => (at_ms === 500 ? -1 : 0), 1_500).ticks, 2.5);
  assert.equal(led((at_ms) => (at_ms < 600 ? -1 : 0), 1_500).ticks, 3);
  assert.equal(led(() => -1, 20_000).ticks, 7);
});

test("an input that always waits lowers it, down to one way", () => {
  assert.equal(led(() => 1, 2_500).ticks, 1.75);
  assert.equal(led(() => 0, 20_000).ticks, 2);
  assert.equal(led(() => 1, 60_000).ticks, 1);
});

test("a pile is left out at once", () => {
  assert.equal(led((at_ms) => (at_ms < 700 ? 3 : 1), 1_000).left_out, 2);
  assert.equal(led((at_ms) => (at_ms % 200 === 0 ? 1 : 3), 5_000).left_out, 0);
});

test("a button that was held ends with its release, and a tap between two ticks is sent once", () => {
  const { predictor, sent } = predicting();
  reconcile(predictor, state(0, {}), null, null, 0);
  for (let now_ms = 0; now_ms <= 2 * TICK_MS; now_ms += TICK_MS / 4) {
    predictor.hold({ dx: 0, fire: true });
    predictor.advance(now_ms);
  }
  predictor.hold({ dx: 0, fire: false });
  predictor.advance(3 * TICK_MS);
  assert.equal(sent.at(-1).fire, false);
  predictor.hold({ dx: 0, fire: true });
  predictor.hold({ dx: 0, fire: false });
  predictor.advance(4 * TICK_MS);
  predictor.advance(5 * TICK_MS);
  assert.deepEqual(
    sent.slice(-2).map(({ fire }) => fire),
    [true, false],
  );
});

test("what is sent when the page is hidden holds nothing down", () => {
  const { predictor, sent } = predicting();
  reconcile(predictor, state(0, {}), null, null, 0);
  predictor.hold({ dx: 1, fire: true });
  predictor.advance(0);
  predictor.advance(TICK_MS);
  predictor.hold({ dx: 1, fire: true });
  predictor.hold({ dx: 0, fire: false });
  predictor.flush();
  assert.deepEqual(sent.at(-1), { dx: 0, fire: false });
});

test("a move that looks for others finds itself where it is being moved, not where it was", () => {
  const clock = new ServerClock(RATE_HZ);
  clock.pong(0, 0, 0);
  /** @type {boolean[]} */
  const found = [];
  const twin = {
    ...TWIN,
    move: (/** @type {any} */ me, /** @type {any} */ input, /** @type {any} */ world) => {
      found.push(world.rows("runners").get(ME) === me);
      TWIN.move(me, input, world);
    },
  };
  const predictor = new Predictor({ twin, player: ME, clock, send: () => 1 });
  reconcile(predictor, state(0, {}), null, null, 0);
  predictor.hold({ dx: 1 });
  predictor.advance(0);
  predictor.predicted();
  reconcile(predictor, state(1, {}), null, null, 0);
  assert.ok(found.length >= 3 && found.every(Boolean));
});
