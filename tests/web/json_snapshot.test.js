import assert from "node:assert/strict";
import test from "node:test";
import { applyJsonSnapshot } from "../../clients/web/sdk/json_snapshot.js";
import { ProtocolError } from "../../clients/web/sdk/messages.js";
import { EMPTY_STATE, rowsOf } from "../../clients/web/sdk/state.js";
import { SCHEMA } from "./fakes.js";

const keyframe = applyJsonSnapshot(SCHEMA, EMPTY_STATE, {
  tick: 5,
  base: null,
  ack: null,
  tables: { runners: { set: { 1: [10, 20, true], 2: [30, 40, false] } } },
});

test("a keyframe names the values of each row by the schema's order", () => {
  assert.equal(keyframe.tick, 5);
  assert.deepEqual(
    [...rowsOf(keyframe, "runners")],
    [
      [1, { x: 10, y: 20, it: true }],
      [2, { x: 30, y: 40, it: false }],
    ],
  );
});

test("a delta changes, adds and removes rows, and shares the ones that stay", () => {
  const next = applyJsonSnapshot(SCHEMA, keyframe, {
    tick: 8,
    base: 5,
    ack: 3,
    tables: { runners: { set: { 7: [1, 2, false] }, gone: [2] } },
  });
  assert.deepEqual([...rowsOf(next, "runners").keys()], [1, 7]);
  assert.equal(rowsOf(next, "runners").get(1), rowsOf(keyframe, "runners").get(1));
});

test("an old state is never touched by what comes after it", () => {
  const before = structuredClone([...rowsOf(keyframe, "runners")]);
  applyJsonSnapshot(SCHEMA, keyframe, {
    tick: 6,
    base: 5,
    ack: null,
    tables: { runners: { set: { 1: [0, 0, false] }, gone: [2] } },
  });
  assert.deepEqual([...rowsOf(keyframe, "runners")], before);
});

test("a row that is gone and set in one snapshot is there", () => {
  const next = applyJsonSnapshot(SCHEMA, keyframe, {
    tick: 6,
    base: 5,
    ack: null,
    tables: { runners: { set: { 2: [9, 9, true] }, gone: [2] } },
  });
  assert.deepEqual(rowsOf(next, "runners").get(2), { x: 9, y: 9, it: true });
});

test("a table that a delta doesn't mention stays, one that a keyframe doesn't mention is empty", () => {
  const delta = applyJsonSnapshot(SCHEMA, keyframe, { tick: 6, base: 5, ack: null, tables: {} });
  assert.equal(rowsOf(delta, "runners").size, 2);
  const fresh = applyJsonSnapshot(SCHEMA, keyframe, { tick: 2, base: null, ack: null, tables: {} });
  assert.equal(rowsOf(fresh, "runners").size, 0);
  assert.equal(fresh.tick, 2);
});

test("what doesn't build on the last state, or doesn't fit the schema, is refused", () => {
  /** @type {import("../../clients/web/sdk/messages.js").JsonSnapshot[]} */
  const refused = [
    { tick: 9, base: 4, ack: null, tables: {} },
    { tick: 9, base: 5, ack: null, tables: { walls: { set: { 1: [1] } } } },
    { tick: 9, base: 5, ack: null, tables: { runners: { set: { 1: [1, 2] } } } },
  ];
  for (const snapshot of refused) {
    assert.throws(() => applyJsonSnapshot(SCHEMA, keyframe, snapshot), ProtocolError);
  }
});
