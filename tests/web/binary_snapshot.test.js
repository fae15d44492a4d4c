import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readFrame } from "../../clients/web/sdk/binary_frame.js";
import { binaryFormat } from "../../clients/web/sdk/binary_snapshot.js";
import { ProtocolError } from "../../clients/web/sdk/messages.js";
import { EMPTY_STATE } from "../../clients/web/sdk/state.js";

const { streams, refused_after_player, lies } = JSON.parse(
  readFileSync(new URL("../vectors/snapshots.json", import.meta.url), "utf8"),
);

/** @param {string} hex */
function bytes(hex) {
  return new Uint8Array(Buffer.from(hex, "hex")).buffer;
}

/**
 * Rows in the form of the vectors: values in the schema's order, bytes as base64.
 *
 * @param {import("../../clients/web/sdk/state.js").State} state
 * @param {import("../../clients/web/sdk/messages.js").Schema} schema
 */
function contents(state, schema) {
  const plain = (/** @type {unknown} */ value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
  return Object.fromEntries(
    Object.entries(schema).map(([name, { fields }]) => [
      name,
      Object.fromEntries(
        [...(state.tables.get(name) ?? [])].map(([id, row]) => {
          assert.deepEqual(
            Object.keys(row),
            fields.map(([field]) => field),
          );
          return [id, Object.values(row).map(plain)];
        }),
      ),
    ]),
  );
}

for (const [name, { schema, steps }] of Object.entries(streams)) {
  test(`the frames of a ${name} say what the server meant`, () => {
    const decoder = binaryFormat.decoder(schema);
    let state = EMPTY_STATE;
    for (const { frame, holds } of steps) {
      const before = contents(state, schema);
      const last = state;
      const received = decoder.decode(state, bytes(frame));
      assert.deepEqual(contents(last, schema), before, "the state before is left as it was");
      state = received.state;
      assert.equal(binaryFormat.handleOf(bytes(frame)), holds.handle);
      assert.equal(readFrame(new Uint8Array(bytes(frame))).base, holds.base);
      assert.equal(state.tick, holds.tick);
      assert.deepEqual(
        [received.ack, received.margin, received.step_ms],
        [holds.ack, holds.margin, holds.busy_ms],
      );
      assert.deepEqual(contents(state, schema), holds.tables);
    }
  });
}

const player = streams.player;
const last = new Uint8Array(bytes(player.steps.at(-1).frame));

/** @returns {[import("../../clients/web/sdk/snapshots.js").Decoder, import("../../clients/web/sdk/state.js").State]} */
function almostThere() {
  const decoder = binaryFormat.decoder(player.schema);
  let state = EMPTY_STATE;
  for (const { frame } of player.steps.slice(0, -1)) state = decoder.decode(state, bytes(frame)).state;
  return [decoder, state];
}

test("rows and tables that a frame doesn't touch stay the very same objects", () => {
  const [decoder, state] = almostThere();
  const { state: next } = decoder.decode(state, last.buffer);
  let same = 0;
  for (const [name, rows] of next.tables) {
    for (const [id, row] of rows) {
      const before = state.tables.get(name)?.get(id);
      if (before === row) same += 1;
      else if (before !== undefined) assert.notDeepEqual(row, before);
    }
  }
  assert.ok(same > 0);
});

test("frames that are damaged, cut off or too long are refused", () => {
  const [decoder, state] = almostThere();
  for (const frame of refused_after_player)
    assert.throws(() => decoder.decode(state, bytes(frame)), ProtocolError);
  for (let size = 0; size < last.length; size += 1) {
    assert.throws(() => decoder.decode(state, last.slice(0, size).buffer), ProtocolError);
  }
  for (let bit = 0; bit < last.length * 8; bit += 1) {
    const flipped = last.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => decoder.decode(state, flipped.buffer), ProtocolError);
  }
});

for (const { why, frame } of lies.frames) {
  test(`${why}: refused, though the checksum is right`, () => {
    const decoder = binaryFormat.decoder(lies.schema);
    const { state } = decoder.decode(EMPTY_STATE, bytes(lies.keyframe));
    assert.deepEqual(contents(state, lies.schema), { t: { 3: [1, "a"], 4: [2, "b"] } });
    assert.throws(() => decoder.decode(state, bytes(frame)), ProtocolError);
  });
}

test("a frame that builds on another state is refused", () => {
  const decoder = binaryFormat.decoder(player.schema);
  assert.throws(() => decoder.decode(EMPTY_STATE, last.buffer), /builds on tick/);
});

test("bits that no server writes, behind a right checksum, are refused or fit the schema", () => {
  const [decoder, state] = almostThere();
  let seed = 1;
  const random = (/** @type {number} */ below) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  const shared = last.length - readFrame(last).tables.length;
  let refused = 0;
  for (let round = 0; round < 2_000; round += 1) {
    const frame = last.slice();
    for (let flips = 1 + random(6); flips > 0; flips -= 1) {
      const at = shared + random(last.length - shared);
      frame[at] = (frame[at] ?? 0) ^ (1 << random(8));
    }
    seal(frame, shared);
    try {
      decoder.decode(state, frame.buffer);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, String(error));
      refused += 1;
    }
  }
  assert.ok(refused > 100);
});

/**
 * Puts the right checksum on a frame whose tables were tampered with.
 *
 * @param {Uint8Array} frame
 * @param {number} tables where they begin
 */
function seal(frame, tables) {
  const since = readVarintSize(frame, tables);
  const sharedAt = tables - 1 - since - 4;
  const crc = (/** @type {Uint8Array} */ data, /** @type {number} */ before) => {
    let value = before;
    for (const byte of data) {
      value ^= byte << 8;
      for (let bit = 0; bit < 8; bit += 1)
        value = value & 0x8000 ? ((value << 1) ^ 0x1021) & 0xffff : value << 1;
    }
    return value;
  };
  const checksum = crc(frame.subarray(2, sharedAt), crc(frame.subarray(sharedAt), 0));
  frame[0] = checksum & 0xff;
  frame[1] = checksum >> 8;
}

/**
 * @param {Uint8Array} frame
 * @param {number} tables where they begin
 */
function readVarintSize(frame, tables) {
  const head = readFrame(last);
  const since = head.base === null ? 0 : head.tick - head.base;
  assert.ok(since < 128 && frame.length > tables);
  return 1;
}
