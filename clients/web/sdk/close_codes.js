/**
 * What a WebSocket close code means to a player, and whether it makes sense to come back by oneself.
 *
 * @typedef {{ retry: boolean, title: string, text: string }} CloseMeaning
 */

/** @type {Record<number, CloseMeaning>} */
const MEANINGS = {
  1001: { retry: true, title: "The server is restarting", text: "You'll be back in as soon as it is." },
  1008: {
    retry: false,
    title: "The server refused the connection",
    text: "It broke one of the server's rules.",
  },
  1009: { retry: true, title: "Connection lost", text: "A message was too big for the server." },
  1011: { retry: true, title: "Connection lost", text: "Something went wrong on the server." },
  1013: { retry: true, title: "The server is full", text: "You'll be let in as soon as there is room." },
  4001: {
    retry: false,
    title: "You're playing somewhere else",
    text: "A newer connection took over your seat, perhaps in another tab.",
  },
  4002: {
    retry: true,
    title: "Your connection was too slow",
    text: "The server couldn't deliver its updates in time.",
  },
  4003: { retry: false, title: "You were removed", text: "The operator of the server ended your visit." },
};

/** @type {CloseMeaning} */
const LOST = { retry: true, title: "Connection lost", text: "" };

/**
 * @param {number|null} code the close code; null when the connection was given up on from this side
 * @returns {CloseMeaning}
 */
export function closeMeaning(code) {
  return (code === null ? undefined : MEANINGS[code]) ?? LOST;
}
