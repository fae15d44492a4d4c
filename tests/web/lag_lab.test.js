import assert from "node:assert/strict";
import { test } from "node:test";
import { LagLab } from "../../clients/web/sdk/index.js";
import { FakeTimers } from "./fakes.js";

/** @param {() => number} [random] */
function lab(random = () => 0) {
  const timers = new FakeTimers();
  const lag = new LagLab({ timers, random });
  /** @type {[string, number][]} */
  const passed = [];
  const note = (/** @type {string} */ name) => () => void passed.push([name, timers.now()]);
  return { timers, lag, passed, note };
}

test("all zero, everything passes at once", () => {
  const { lag, passed, note } = lab();
  lag.inbound(note("in"));
  lag.outbound(note("out"));
  assert.deepEqual(passed, [
    ["in", 1_000],
    ["out", 1_000],
  ]);
});

test("latency is of the round trip, half of it on each way", () => {
  const { timers, lag, passed, note } = lab();
  lag.latency_ms = 100;
  lag.outbound(note("out"));
  lag.inbound(note("in"));
  timers.advance(49);
  assert.deepEqual(passed, []);
  timers.advance(1);
  assert.equal(passed.length, 2);
});

test("jitter never lets anything overtake", () => {
  const dice = [1, 0, 0.5];
  const { timers, lag, passed, note } = lab(() => dice.shift() ?? 0);
  lag.jitter_ms = 40;
  lag.inbound(note("a"));
  lag.inbound(note("b"));
  timers.advance(10);
  lag.inbound(note("c"));
  timers.advance(100);
  assert.deepEqual(passed, [
    ["a", 1_040],
    ["b", 1_040],
    ["c", 1_040],
  ]);
});

test("turned off again, what comes then still waits for what came before", () => {
  const { timers, lag, passed, note } = lab();
  lag.latency_ms = 100;
  lag.inbound(note("a"));
  lag.latency_ms = 0;
  lag.inbound(note("b"));
  assert.equal(passed.length, 0);
  timers.advance(50);
  assert.deepEqual(
    passed.map(([name]) => name),
    ["a", "b"],
  );
});

test("every five seconds both ways are held up", () => {
  const { timers, lag, passed, note } = lab();
  lag.stall_ms = 200;
  timers.advance(4_050);
  lag.inbound(note("in"));
  lag.outbound(note("out"));
  timers.advance(149);
  assert.deepEqual(passed, []);
  timers.advance(1);
  assert.deepEqual(passed, [
    ["in", 5_200],
    ["out", 5_200],
  ]);
  lag.inbound(note("later"));
  assert.equal(passed.length, 3);
});

test("what is under way on a connection that is given up is lost", () => {
  const { timers, lag, passed, note } = lab();
  lag.latency_ms = 100;
  lag.inbound(note("a"));
  lag.clear();
  timers.advance(200);
  lag.inbound(note("b"));
  timers.advance(50);
  assert.deepEqual(passed, [["b", 1_250]]);
});
