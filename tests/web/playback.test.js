import assert from "node:assert/strict";
import { test } from "node:test";
import { Playback } from "../../clients/web/sdk/playback.js";

const FRAME_MS = 1000 / 60;

/** @param {number} tick */
const state = (tick) => ({ tick, tables: new Map() });

/**
 * Plays snapshots at 20 Hz into a playback that is drawn at 60 Hz.
 *
 * @param {(n: number) => number} arrival_ms when the n-th snapshot comes, of tick 100 + n
 * @param {number} until_ms
 */
function played(arrival_ms, until_ms) {
  const playback = new Playback(20);
  const samples = [];
  let next = 0;
  for (let now_ms = 0; now_ms < until_ms; now_ms += FRAME_MS) {
    while (arrival_ms(next) <= now_ms) playback.push(state(100 + next), arrival_ms(next++));
    const sample = playback.sample(now_ms);
    // In ticks behind a server whose tick n reaches this side at (n - 100) * 50 ms where nothing is late.
    if (sample !== null) samples.push({ ...sample, now_ms, behind: 100 + now_ms / 50 - sample.tick });
  }
  return samples;
}

test("nothing is drawn before the first state", () => {
  assert.equal(new Playback(20).sample(0), null);
  assert.equal(new Playback(20).newest(), null);
});

test("even snapshots are played evenly, two intervals behind", () => {
  const samples = played((n) => n * 50, 3_000);
  for (const { behind, jumped } of samples.slice(60)) {
    assert.ok(Math.abs(behind - 2) < 0.01, `${behind}`);
    assert.equal(jumped, false);
  }
});

test("drawn time stays farther behind where snapshots come unevenly, and runs on", () => {
  const samples = played((n) => n * 50 + ((n * 2) % 5) * 10, 6_000).slice(120);
  for (const [index, { behind, alpha, tick }] of samples.entries()) {
    assert.ok(behind > 2.5, `${behind}`);
    assert.ok(alpha <= 1);
    if (index > 0) assert.ok(tick > (samples[index - 1]?.tick ?? 0));
  }
});

test("one stall doesn't change the delay", () => {
  const samples = played((n) => (n >= 40 && n < 48 ? 48 * 50 : n * 50), 4_000);
  const settled = samples.filter(({ now_ms }) => now_ms > 2_600);
  for (const { behind } of settled) assert.ok(Math.abs(behind - 2) < 0.05, `${behind}`);
});

test("beyond the newest state it is guessed for 100 ms, and then all stands still", () => {
  const samples = played((n) => (n < 20 ? n * 50 : 5_000 + n), 3_000);
  const guessed = samples.filter(({ alpha }) => alpha > 1);
  assert.ok(guessed.length > 5);
  for (const { tick, from, to } of guessed) {
    assert.deepEqual([from.tick, to.tick], [118, 119]);
    assert.ok(tick <= 119 + 2);
  }
  assert.equal(samples.at(-1)?.tick, 121);
  assert.ok(samples.every(({ jumped }) => !jumped));
});

test("after a stall drawn time goes on where the clock is, and says that it jumped", () => {
  const samples = played((n) => (n < 20 || n > 30 ? n * 50 : 31 * 50), 3_000);
  const jumps = samples.filter(({ jumped }) => jumped);
  assert.equal(jumps.length, 1);
  const [{ now_ms, behind } = { now_ms: 0, behind: 0 }] = jumps;
  assert.ok(now_ms >= 1_550 && now_ms < 1_600);
  assert.ok(Math.abs(behind - 2) < 0.2);
});

test("it never runs back, also when all comes later from now on", () => {
  const samples = played((n) => (n < 60 ? n * 50 : n * 50 + 400), 8_000);
  for (const [index, { tick }] of samples.entries()) assert.ok(tick >= (samples[index - 1]?.tick ?? 0));
  assert.ok(Math.abs((samples.at(-1)?.behind ?? 0) - 10) < 0.5);
});

test("a tick that is lower than the last starts over", () => {
  const playback = new Playback(20);
  playback.push(state(500), 0);
  playback.sample(10);
  playback.push(state(10), 50);
  assert.deepEqual([playback.sample(60)?.to.tick, playback.newest()?.tick], [10, 10]);
});

test("fewer snapshots than ticks are played two intervals behind, too", () => {
  const playback = new Playback(20);
  for (let n = 0; n < 20; n++) {
    playback.push(state(n * 2), n * 100);
    playback.sample(n * 100);
  }
  assert.equal(playback.interval_ticks, 2);
  assert.ok(Math.abs(38 - playback.tick(1_900) - 4) < 1e-6);
});
