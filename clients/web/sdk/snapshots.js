import { applyJsonSnapshot } from "./json_snapshot.js";

/**
 * @typedef {import("./messages.js").JsonSnapshot} JsonSnapshot
 * @typedef {import("./messages.js").Schema} Schema
 * @typedef {import("./state.js").State} State
 *
 * What a snapshot brings, whatever its format.
 * @typedef {object} ReceivedSnapshot
 * @property {State} state the tables, as they are now
 * @property {number|null} ack highest `seq` consumed for this seat
 * @property {number|null} margin inputs that still waited after the server's step took one; -1: none was there, the last
 *   was held; null: not said
 * @property {number|null} step_ms how long the server took for the tick; null: not said
 *
 * Reads the binary snapshots of one seat. It may keep what it needs of those before; it is given the latest state.
 * @typedef {object} Decoder
 * @property {(previous: State, frame: ArrayBuffer) => ReceivedSnapshot} decode throws a `ProtocolError` if the frame doesn't
 *   build on `previous`, or doesn't fit the schema
 *
 * A binary format.
 * @typedef {object} BinaryFormat
 * @property {(frame: ArrayBuffer) => number} handleOf which of the connection's rooms the frame is for
 * @property {(schema: Schema) => Decoder} decoder for a new seat
 */

/**
 * @param {Schema} schema
 * @param {State} previous
 * @param {JsonSnapshot} snapshot
 * @returns {ReceivedSnapshot}
 */
export function receiveJson(schema, previous, snapshot) {
  const state = applyJsonSnapshot(schema, previous, snapshot);
  return { state, ack: snapshot.ack, margin: null, step_ms: null };
}
