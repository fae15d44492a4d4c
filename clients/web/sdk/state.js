/**
 * What a room's tables held at one tick. Never changed after it was made: the next state shares what is the same, so that
 * anyone may keep old states (to interpolate between, to compare with) for the price of what differs.
 *
 * @typedef {Readonly<Record<string, unknown>>} Row the row's fields by name
 * @typedef {ReadonlyMap<number, Row>} Rows by row id
 * @typedef {{ readonly tick: number, readonly tables: ReadonlyMap<string, Rows> }} State
 */

/** @type {State} */
export const EMPTY_STATE = { tick: -1, tables: new Map() };

/**
 * @param {State} state
 * @param {string} table
 * @returns {Rows}
 */
export function rowsOf(state, table) {
  return state.tables.get(table) ?? NO_ROWS;
}

/** @type {Rows} */
const NO_ROWS = new Map();
