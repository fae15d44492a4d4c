/**
 * The seat of this tab, so that a reload goes on in it. Another tab has one of its own, but for one that was made as a copy:
 * then the seat is where it was played last. So which seat it is, is the tab's; the token, of which only the newest is good,
 * is the browser's.
 *
 * @typedef {{ room: string, player: number, token: string }} Seat
 */

const TAB_KEY = "gameserver.seat";
const BROWSER_KEY = "gameserver.seats";
/** Seats remembered, the latest first: those of closed tabs are never given up. */
const KEPT = 8;

/** @param {Seat} seat */
export function keepSeat({ room, player, token }) {
  write(() => sessionStorage, TAB_KEY, { room, player });
  const others = seats().filter((seat) => seat.room !== room || seat.player !== player);
  write(() => localStorage, BROWSER_KEY, [{ room, player, token }, ...others].slice(0, KEPT));
}

/**
 * @param {string} room its id
 * @returns {string|null} the newest token of this tab's seat, if that is in this room
 */
export function keptSeat(room) {
  const own = read(() => sessionStorage, TAB_KEY);
  if (own?.room !== room) return null;
  return seats().find((seat) => seat.room === room && seat.player === own.player)?.token ?? null;
}

/** This tab has none (any more). */
export function forgetSeat() {
  write(() => sessionStorage, TAB_KEY, {});
}

/** @returns {Seat[]} */
function seats() {
  const kept = read(() => localStorage, BROWSER_KEY);
  return Array.isArray(kept) ? kept : [];
}

/**
 * @param {() => Storage} storage
 * @param {string} key
 * @returns {any} what was written there
 */
function read(storage, key) {
  try {
    return JSON.parse(storage().getItem(key) ?? "null");
  } catch {
    // Storage can be switched off: then a reload takes a new seat.
    return null;
  }
}

/**
 * @param {() => Storage} storage
 * @param {string} key
 * @param {unknown} value
 */
function write(storage, key, value) {
  try {
    storage().setItem(key, JSON.stringify(value));
  } catch {
    // As above.
  }
}
