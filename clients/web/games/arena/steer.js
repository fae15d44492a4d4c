/**
 * @typedef {{ dx: number, dy: number, aim: number, fire: boolean, dash: boolean }} Steer
 */

/** Aim alone is told no more often than this: about once a tick. */
const AIM_INTERVAL_MS = 33;

/** @type {Readonly<Steer>} What the server holds of a new seat. */
const NEUTRAL = Object.freeze({ dx: 0, dy: 0, aim: 0, fire: false, dash: false });

/** Decides when what a player steers is worth telling: the server holds it until the next, so only changes are. */
export class SteerSender {
  #sent = NEUTRAL;
  #sent_ms = Number.NEGATIVE_INFINITY;

  /** A new seat: the server holds nothing of this player's. */
  forget() {
    this.#sent = NEUTRAL;
    this.#sent_ms = Number.NEGATIVE_INFINITY;
  }

  /**
   * @param {Readonly<Steer>} wanted
   * @param {number} now_ms
   * @returns {boolean} whether to send it now; if so it counts as sent
   */
  isDue(wanted, now_ms) {
    const sent = this.#sent;
    const pressed =
      wanted.dx !== sent.dx ||
      wanted.dy !== sent.dy ||
      wanted.fire !== sent.fire ||
      wanted.dash !== sent.dash;
    if (!pressed && (wanted.aim === sent.aim || now_ms - this.#sent_ms < AIM_INTERVAL_MS)) return false;
    this.#sent = { ...wanted };
    this.#sent_ms = now_ms;
    return true;
  }
}
