import assert from "node:assert/strict";
import test from "node:test";
import { Timeline } from "../../clients/web/sdk/timeline.js";

/** @param {number} tick */
const state = (tick) => ({ tick, tables: new Map() });

/**
 * Plays snapshots at 20 Hz into a timeline that is drawn at 60 Hz.
 *
 * @param {(n: number) => number} arrival_ms when the n-th snapshot comes
 * @param {number} until_ms
 */
function drawnTicks(arrival_ms, until_ms) {
  const timeline = new Timeline(20);
  const ticks = [];
  let next = 0;
  for (let now_ms = 0; now_ms < until_ms; now_ms += 1000 / 60) {
    while (arrival_ms(next) <= now_ms) timeline.push(state(100 + next), arrival_ms(next++));
    const sample = timeline.sample(now_ms);
    if (sample !== null) ticks.push(sample.tick);
  }
  return ticks;
}

test("nothing is drawn before the first state", () => {
  assert.equal(new Timeline(20).sample(0), null);
});

test("drawn time runs steadily between snapshots, a little behind the latest", () => {
  const ticks = drawnTicks((n) => n * 50, 3000);
  const steps = ticks.slice(90).map((tick, index) => tick - (ticks[index + 89] ?? 0));
  for (const step of steps) assert.ok(step > 0.25 && step < 0.42, `${step}`);
  const latest = 100 + Math.floor(2999 / 50);
  assert.ok(latest - (ticks.at(-1) ?? 0) < 2.5);
});

test("jitter neither stops nor reverses drawn time", () => {
  const ticks = drawnTicks((n) => n * 50 + (n % 3) * 15, 4000);
  const settled = ticks.slice(60);
  for (const [index, tick] of settled.slice(1).entries()) assert.ok(tick > (settled[index] ?? 0));
});

test("after a long silence drawn time is with the latest again at once", () => {
  const ticks = drawnTicks((n) => (n < 20 ? n * 50 : n * 50 + 1500), 5000);
  const latest = 100 + Math.floor((4999 - 1500) / 50);
  assert.ok(latest - (ticks.at(-1) ?? 0) < 3);
});

test("a sample names the states around drawn time", () => {
  const timeline = new Timeline(20);
  timeline.push(state(1), 0);
  timeline.push(state(2), 50);
  const sample = timeline.sample(25);
  assert.deepEqual([sample?.from.tick, sample?.to.tick], [1, 2]);
  assert.ok(sample && Math.abs(sample.alpha - 0.5) < 0.1);
});

test("a tick that is lower than the last starts over", () => {
  const timeline = new Timeline(20);
  timeline.push(state(500), 0);
  timeline.push(state(10), 50);
  assert.equal(timeline.sample(60)?.to.tick, 10);
});
