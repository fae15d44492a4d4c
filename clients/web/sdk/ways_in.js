/**
 * @typedef {import("./messages.js").Join} Join
 * @typedef {import("./messages.js").Spectate} Spectate
 * @typedef {import("./messages.js").Resume} Resume
 * @typedef {import("./messages.js").ServerError} ServerError
 * @typedef {import("./room.js").Room} Room
 *
 * What to say to get into a room.
 * @typedef {{ type: "join", payload: Join }
 *   | { type: "spectate", payload: Spectate }
 *   | { type: "resume", payload: Resume }} EntryMessage
 */

/** With these the room is no longer to be had, but the same game may be. */
const ROOM_IS_GONE = new Set(["unknown_room", "room_full"]);

/**
 * How to get back after a lost connection: to the same seat, as long as the server keeps it; else into the same room under
 * the same name; if that is gone, into any room of the game, unless it was this one that somebody wanted to watch.
 *
 * @param {Room} room
 * @param {EntryMessage|undefined} entered how it was entered
 * @returns {EntryMessage[]}
 */
export function waysBack(room, entered) {
  if (room.spectating) {
    const any = entered?.type === "spectate" && "game" in entered.payload ? [entered] : [];
    return [{ type: "spectate", payload: { room: room.id } }, ...any];
  }
  const { name, options } = /** @type {Join} */ (entered?.payload ?? {});
  const who = name === undefined ? {} : { name };
  return [
    ...wayToSeat(room.token),
    { type: "join", payload: { ...who, room: room.id } },
    { type: "join", payload: { ...who, game: room.game, ...(options && { options }) } },
  ];
}

/**
 * @param {string|null} token of the seat; null where the server keeps none
 * @returns {EntryMessage[]}
 */
export function wayToSeat(token) {
  return token === null ? [] : [{ type: "resume", payload: { token } }];
}

/**
 * @param {EntryMessage} way that was refused
 * @param {ServerError} error
 * @returns {boolean} whether another way may lead in
 */
export function leavesHope(way, { code }) {
  return way.type === "resume" || ROOM_IS_GONE.has(code);
}
