import { ArenaView } from "../games/arena/arena_view.js";
import { GenericView } from "../generic/generic_view.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("../lobby/api.js").GameInfo} GameInfo
 *
 * What shows a game and takes what its player does. The page around it has the chat, the feed, and the ways in and out.
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {HTMLElement|null} aside what stands beside it, above the feed
 * @property {() => void} focus gives it the keyboard
 * @property {() => void} dispose stops everything it started
 *
 * @typedef {(room: Room, game: GameInfo) => View} MakeView
 */

/** @type {Record<string, MakeView>} Games with a client of their own, by name. */
const OWN_VIEWS = { arena: (room) => new ArenaView(room) };

/** @type {MakeView} */
export function viewFor(room, game) {
  return OWN_VIEWS[room.game]?.(room, game) ?? new GenericView(room, game);
}
