/**
 * @typedef {import("../forms/json_schema.js").JsonSchema} JsonSchema
 * @typedef {import("../sdk/messages.js").Schema} Schema
 *
 * @typedef {object} GameInfo
 * @property {string} name
 * @property {string} title
 * @property {number} tick_rate
 * @property {number} max_players
 * @property {Schema} schema
 * @property {Record<string, JsonSchema>} inputs
 * @property {Record<string, JsonSchema>} commands
 * @property {Record<string, JsonSchema>} events
 * @property {JsonSchema} options
 *
 * @typedef {object} RoomInfo
 * @property {string} id
 * @property {string} game
 * @property {number} players without bots
 * @property {number} bots
 * @property {number} max_players
 * @property {number} spectators
 * @property {number} tick
 */

/** @returns {Promise<GameInfo[]>} */
export function fetchGames() {
  return fetchJson("api/games");
}

/** @returns {Promise<RoomInfo[]>} */
export function fetchRooms() {
  return fetchJson("api/rooms");
}

/** @param {string} path */
async function fetchJson(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}
