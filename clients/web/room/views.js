import { ArenaView } from "../games/arena/arena_view.js";
import { BackdropView } from "../games/arena/backdrop_view.js";
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
 *
 * A game as something to look at behind other things: nothing to read, hear, steer or click.
 * @typedef {object} Backdrop
 * @property {HTMLElement} element
 * @property {() => void} dispose stops everything it started
 */

/** @type {Record<string, MakeView>} Games with a client of their own, by name. */
const OWN_VIEWS = { arena: (room) => new ArenaView(room) };

/** @type {ReadonlyMap<string, (room: Room) => Backdrop>} Games worth looking at before one plays, by name. */
export const BACKDROPS = new Map([["arena", (room) => new BackdropView(room)]]);

/** @type {MakeView} */
export function viewFor(room, game) {
  return OWN_VIEWS[room.game]?.(room, game) ?? new GenericView(room, game);
}
