import { ProtocolError } from "./messages.js";
import { rowsOf } from "./state.js";

/**
 * @typedef {import("./messages.js").JsonSnapshot} JsonSnapshot
 * @typedef {import("./messages.js").Schema} Schema
 * @typedef {import("./messages.js").Field} Field
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Row} Row
 */

/**
 * The state that follows `state` by a snapshot in JSON. Rows that did not change stay the very same objects.
 * A decoder of another snapshot format takes the same place: it, too, makes the next state from the last.
 *
 * @param {Schema} schema
 * @param {State} state what the client has; it is left as it was
 * @param {JsonSnapshot} snapshot
 * @returns {State}
 * @throws {ProtocolError} if the snapshot doesn't build on `state`, or doesn't fit the schema
 */
export function applyJsonSnapshot(schema, state, snapshot) {
  const keyframe = snapshot.base === null;
  if (!keyframe && snapshot.base !== state.tick) {
    throw new ProtocolError(`a snapshot builds on tick ${snapshot.base}, but the last was ${state.tick}`);
  }
  const tables = new Map(keyframe ? [] : state.tables);
  for (const [name, { set = {}, gone = [] }] of Object.entries(snapshot.tables)) {
    const fields = schema[name]?.fields;
    if (fields === undefined) throw new ProtocolError(`a snapshot has rows of an unknown table "${name}"`);
    const rows = new Map(keyframe ? [] : rowsOf(state, name));
    for (const id of gone) rows.delete(id);
    for (const [id, values] of Object.entries(set)) rows.set(Number(id), makeRow(name, fields, values));
    tables.set(name, rows);
  }
  return { tick: snapshot.tick, tables };
}

/**
 * @param {string} table
 * @param {Field[]} fields
 * @param {unknown[]} values in the order of `fields`
 * @returns {Row}
 */
function makeRow(table, fields, values) {
  if (values.length !== fields.length) {
    throw new ProtocolError(`a row of "${table}" has ${values.length} values for ${fields.length} fields`);
  }
  return Object.fromEntries(fields.map(([field], index) => [field, values[index]]));
}
