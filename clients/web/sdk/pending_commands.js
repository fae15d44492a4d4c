import { ServerError } from "./messages.js";

/**
 * @typedef {{ resolve: () => void, reject: (error: Error) => void }} Pending
 */

/** Commands that the server hasn't answered yet. */
export class PendingCommands {
  /** @type {Map<number, Pending>} By `seq`. */
  #pending = new Map();

  /**
   * @param {number} seq
   * @returns {Promise<void>} done when the game has taken the command; rejects with a `ServerError`
   */
  add(seq) {
    return new Promise((resolve, reject) => {
      this.#pending.set(seq, { resolve, reject });
    });
  }

  /** @param {number} seq */
  has(seq) {
    return this.#pending.has(seq);
  }

  /**
   * @param {ServerError} error
   * @returns {boolean} whether it answers one of these commands
   */
  refuse(error) {
    const pending = error.seq === undefined ? undefined : this.#pending.get(error.seq);
    if (pending === undefined || error.seq === undefined) return false;
    this.#pending.delete(error.seq);
    pending.reject(error);
    return true;
  }

  /**
   * @param {number} ack a refusal goes out before the snapshot that counts its command, so what still waits was taken
   */
  resolveUpTo(ack) {
    for (const [seq, { resolve }] of this.#pending) {
      if (seq > ack) continue;
      this.#pending.delete(seq);
      resolve();
    }
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  rejectAll(code, message) {
    for (const seq of [...this.#pending.keys()]) this.refuse(new ServerError({ code, message, seq }));
  }
}
