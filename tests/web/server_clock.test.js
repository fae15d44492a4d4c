import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerClock } from "../../clients/web/sdk/server_clock.js";

const RATE_HZ = 20;

/**
 * A ping whose ways take so long, to a server that is at tick 0 at 0 ms.
 *
 * @param {ServerClock} clock
 * @param {number} sent_ms
 * @param {number} there_ms
 * @param {number} back_ms
 * @param {number} [slipped_ms] what the server is late by
 */
function ping(clock, sent_ms, there_ms, back_ms, slipped_ms = 0) {
  const tick = ((sent_ms + there_ms - slipped_ms) * RATE_HZ) / 1000;
  clock.pong(sent_ms, tick, sent_ms + there_ms + back_ms);
}

/**
 * @param {ServerClock} clock
 * @param {number} now_ms
 */
const error_ms = (clock, now_ms) => clock.tick(now_ms) / clock.rate - now_ms;

test("before the first pong it goes by the first snapshot", () => {
  const clock = new ServerClock(RATE_HZ);
  assert.equal(clock.started, false);
  clock.start(100, 5_000);
  clock.start(300, 6_000);
  assert.deepEqual([clock.tick(5_500), clock.synced, clock.rtt_ms], [110, false, null]);
});

test("one even round trip sets it, and it runs on", () => {
  const clock = new ServerClock(RATE_HZ);
  clock.start(0, 50);
  ping(clock, 1_000, 50, 50);
  assert.ok(Math.abs(error_ms(clock, 1_100)) < 1e-6);
  assert.ok(Math.abs(error_ms(clock, 9_000)) < 1e-6);
  assert.equal(clock.rtt_ms, 100);
  assert.ok(Math.abs(clock.jumped_ticks - 1) < 1e-6);
});

test("the quickest round trips are believed", () => {
  const clock = new ServerClock(RATE_HZ);
  for (let n = 0; n < 16; n++) ping(clock, n * 1_000, n % 4 === 0 ? 20 : 20 + n * 5, 20);
  assert.ok(Math.abs(error_ms(clock, 16_000)) < 1);
  assert.equal(clock.rtt_ms, 40);
  assert.ok(clock.jitter_ms > 10);
});

test("it bends towards a new estimate, by a twentieth of time, and never runs back", () => {
  const clock = new ServerClock(RATE_HZ);
  ping(clock, 0, 20, 20);
  for (let n = 1; n < 4; n++) {
    clock.tick(n * 1_000 + 40);
    ping(clock, n * 1_000, 20, 20, 100);
  }
  const start_ms = 3_040;
  let last = clock.tick(start_ms);
  const before = error_ms(clock, start_ms);
  for (let now_ms = start_ms + 10; now_ms <= start_ms + 1_000; now_ms += 10) {
    const tick = clock.tick(now_ms);
    assert.ok(tick > last);
    last = tick;
  }
  assert.ok(Math.abs(before - error_ms(clock, start_ms + 1_000) - 50) < 1);
});

test("one stray round trip changes nothing; three running mean that the server slipped, and it jumps", () => {
  const clock = new ServerClock(RATE_HZ);
  for (let n = 0; n < 8; n++) ping(clock, n * 1_000, 20, 20);
  ping(clock, 8_000, 20, 20, 400);
  ping(clock, 9_000, 20, 20, 400);
  assert.ok(Math.abs(error_ms(clock, 9_040)) < 1);
  ping(clock, 10_000, 20, 20, 400);
  assert.ok(Math.abs(error_ms(clock, 10_040) + 400) < 1);
  assert.ok(Math.abs(clock.jumped_ticks + 8) < 0.01);
});

test("strays on different sides are noise", () => {
  const clock = new ServerClock(RATE_HZ);
  for (let n = 0; n < 8; n++) ping(clock, n * 1_000, 20, 20);
  for (let n = 8; n < 14; n++) ping(clock, n * 1_000, 20, 20, n % 2 === 0 ? 300 : -300);
  assert.ok(Math.abs(error_ms(clock, 14_000)) < 250);
  assert.equal(clock.jumped_ticks, 0);
});
