import { rowsOf } from "./state.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Row} Row
 * @typedef {import("./state.js").Rows} Rows
 *
 * What a move may look at besides its own row and input.
 * @typedef {object} TwinWorld
 * @property {number} now the tick that the move belongs to
 * @property {(table: string) => Rows} rows of a public table
 * @property {(table: string) => Row|undefined} one the row of a table that has one
 *
 * The same movement as in the server's rules, for prediction. Integers only, so that both come to the same result.
 * @typedef {object} Twin
 * @property {string} input the name of the input that moves
 * @property {string} table the table of the rows that are moved, one for each player
 * @property {(me: any, input: any, world: TwinWorld) => void} move changes `me`, a copy of the own row
 * @property {(before: Row, after: Row) => boolean} [teleported] whether the own row went from one place to another
 *   without moving there (a respawn), as far as that can be told
 * @property {number} [unit] units of the rows' places per unit that is shown; 1 by default
 */

/** @type {Map<string, Twin>} */
const twins = new Map();

/**
 * Tells the SDK how a game moves. From the next seat in that game on, `room.predictor` predicts one's own row.
 *
 * @param {string} game the game's name
 * @param {Twin} twin
 */
export function registerTwin(game, twin) {
  twins.set(game, twin);
}

/**
 * @param {string} game
 * @returns {Twin|undefined}
 */
export function twinOf(game) {
  return twins.get(game);
}

/**
 * @param {State} state
 * @param {number} now
 * @param {{ table: string, player: number, row: Row }} own the row that is moved: it stands for its image in the state,
 *   so that a move that looks for others can tell it from them
 * @returns {TwinWorld}
 */
export function worldOf(state, now, own) {
  return {
    now,
    rows: (table) =>
      table === own.table ? new Map(rowsOf(state, table)).set(own.player, own.row) : rowsOf(state, table),
    one: (table) => rowsOf(state, table).get(0),
  };
}
