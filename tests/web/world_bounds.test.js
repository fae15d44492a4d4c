import assert from "node:assert/strict";
import test from "node:test";
import { hasPosition, niceStep, WorldBounds } from "../../clients/web/generic/world_bounds.js";

/**
 * @param {{ min: number, max: number }} [x]
 * @param {{ min: number, max: number }} [y]
 * @returns {import("../../clients/web/sdk/messages.js").Schema}
 */
function schema(x, y) {
  return {
    things: {
      kind: "table",
      fields: [x ? ["x", "i16", x] : ["x", "i16"], y ? ["y", "i16", y] : ["y", "i16"]],
    },
    score: { kind: "one", fields: [["x", "u8", { min: 0, max: 9 }]] },
  };
}

test("limits of the schema are the world, whatever is seen", () => {
  const bounds = new WorldBounds(schema({ min: 0, max: 800 }, { min: -10, max: 600 }));
  bounds.include(5000, 5000);
  assert.deepEqual(bounds.rect(), { left: 0, top: -10, right: 800, bottom: 600 });
});

test("the whole range of a type is no limit", () => {
  const bounds = new WorldBounds(schema({ min: 0, max: 65535 }, { min: 0, max: 65535 }));
  bounds.include(390, 290);
  assert.deepEqual(bounds.rect(), { left: 0, top: 0, right: 400, bottom: 300 });
});

test("without limits the world holds all that was ever seen, and never shrinks", () => {
  const bounds = new WorldBounds(schema());
  const seen = [
    [400, 300],
    [790, 12],
    [-35, 590],
    [100, 100],
  ];
  let last = bounds.rect();
  for (const [x = 0, y = 0] of seen) {
    bounds.include(x, y);
    const rect = bounds.rect();
    assert.ok(rect.left <= x && x <= rect.right && rect.top <= y && y <= rect.bottom);
    assert.ok(rect.left <= last.left && rect.right >= last.right);
    assert.ok(rect.top <= last.top && rect.bottom >= last.bottom);
    last = rect;
  }
});

test("small movements don't move the edges", () => {
  const bounds = new WorldBounds(schema());
  bounds.include(720, 520);
  const before = bounds.rect();
  bounds.include(760, 560);
  assert.deepEqual(bounds.rect(), before);
});

test("there is a world even before anything was seen, and nonsense doesn't break it", () => {
  const bounds = new WorldBounds(schema());
  bounds.include(Number.NaN, Number.POSITIVE_INFINITY);
  const { left, right, top, bottom } = bounds.rect();
  assert.ok(right > left && bottom > top);
});

test("only tables with both coordinates are drawn", () => {
  const { things, score } = schema();
  assert.ok(things && hasPosition(things));
  assert.ok(score && !hasPosition(score));
});

test("steps are round numbers", () => {
  assert.deepEqual([3, 7, 20, 0.3].map(niceStep), [5, 10, 20, 0.5]);
});
