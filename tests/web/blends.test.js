import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorBlend, PlaceBlend } from "../../clients/web/sdk/index.js";

const FRAME_MS = 16.7;

test("a large error goes quickly, a small one slowly, by time and not by frames", () => {
  const large = new ErrorBlend();
  large.add(100, 0);
  for (let frame = 0; frame < 4; frame++) large.advance(FRAME_MS, 10);
  assert.ok(Math.abs(large.x - 100 * 0.85 ** 4) < 1e-9);
  const small = new ErrorBlend();
  small.add(3, 4);
  small.advance(4 * FRAME_MS, 10);
  assert.ok(Math.abs(small.x - 3 * 0.95 ** 4) < 1e-9);
  assert.ok(Math.abs(small.y - 4 * 0.95 ** 4) < 1e-9);
  for (let frame = 0; frame < 200; frame++) small.advance(FRAME_MS, 10);
  assert.deepEqual([small.x, small.y], [0, 0]);
});

test("what jumps slides there; what moves is where it is", () => {
  const blend = new PlaceBlend(100);
  const place = (/** @type {number} */ x, jumped = false) => {
    blend.begin(jumped, FRAME_MS);
    return blend.place(7, x, 0).x;
  };
  assert.deepEqual([place(0), place(10), place(20)], [0, 10, 20]);
  const first = place(60, true);
  assert.ok(first > 20 && first < 60);
  const second = place(60);
  assert.ok(second > first && second < 60);
  for (let frame = 0; frame < 8; frame++) place(60);
  assert.ok(Math.abs(place(60) - 60) < 10);
});

test("a jump that is too far is one; and what was away comes from nowhere", () => {
  const blend = new PlaceBlend(100);
  blend.begin(false, FRAME_MS);
  blend.place(7, 0, 0);
  blend.begin(true, FRAME_MS);
  assert.equal(blend.place(7, 200, 0).x, 200);
  blend.begin(true, FRAME_MS);
  blend.begin(true, FRAME_MS);
  assert.equal(blend.place(7, 250, 0).x, 250);
});
