/**
 * What a WebSocket close code means to a player, and what makes sense to do about it by oneself.
 *
 * `retry`: whether to come back, and how soon after a connection that was open; `left`: the rooms are over, for this
 * reason.
 * @typedef {{ retry: "at once"|"later"|"never", left?: string, title: string, text: string }} CloseMeaning
 */

/** @type {Record<number, CloseMeaning>} */
const MEANINGS = {
  1001: { retry: "later", title: "The server is restarting", text: "You'll be back in as soon as it is." },
  1008: {
    retry: "never",
    title: "The server refused the connection",
    text: "It broke one of the server's rules.",
  },
  1009: { retry: "at once", title: "Connection lost", text: "A message was too big for the server." },
  1011: { retry: "later", title: "Connection lost", text: "Something went wrong on the server." },
  1013: { retry: "later", title: "The server is full", text: "You'll be let in as soon as there is room." },
  4001: {
    retry: "never",
    left: "replaced",
    title: "You went on playing elsewhere",
    text: "A newer connection took over your seat, perhaps in another tab.",
  },
  4002: {
    retry: "at once",
    title: "Your connection was too slow",
    text: "The server couldn't deliver its updates in time.",
  },
  4003: { retry: "never", title: "You were removed", text: "The operator of the server ended your visit." },
};

/** @type {CloseMeaning} */
const LOST = { retry: "at once", title: "Connection lost", text: "" };

/**
 * @param {number|null} code the close code; null when the connection was given up on from this side
 * @returns {CloseMeaning}
 */
export function closeMeaning(code) {
  return (code === null ? undefined : MEANINGS[code]) ?? LOST;
}
