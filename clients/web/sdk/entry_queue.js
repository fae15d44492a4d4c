/**
 * @typedef {import("./messages.js").Join} Join
 * @typedef {import("./messages.js").Spectate} Spectate
 * @typedef {import("./messages.js").Joined} Joined
 * @typedef {import("./messages.js").ServerError} ServerError
 *
 * What to say to get into a room.
 * @typedef {{ type: "join", payload: Join } | { type: "spectate", payload: Spectate }} EntryMessage
 *
 * @typedef {object} Entry
 * @property {EntryMessage} message
 * @property {boolean} again whether it leads back into a room after a lost connection
 * @property {(joined: Joined) => void} done
 * @property {(error: ServerError) => void} failed
 */

/**
 * Requests to enter rooms, of which one at a time is under way: the answers don't say which request they belong to.
 */
export class EntryQueue {
  /** @type {Entry[]} */
  #waiting = [];
  /** @type {Entry|null} Sent and not answered yet. */
  #inFlight = null;

  get empty() {
    return this.#waiting.length === 0 && this.#inFlight === null;
  }

  get inFlight() {
    return this.#inFlight !== null;
  }

  /** @param {Entry} entry */
  push(entry) {
    this.#waiting.push(entry);
  }

  /** @param {Entry[]} entries */
  putFirst(entries) {
    this.#waiting.unshift(...entries);
  }

  /** @returns {Entry|null} the entry to send now, if any */
  next() {
    if (this.#inFlight !== null) return null;
    this.#inFlight = this.#waiting.shift() ?? null;
    return this.#inFlight;
  }

  /** @returns {Entry|null} the entry that was just answered */
  answered() {
    const entry = this.#inFlight;
    this.#inFlight = null;
    return entry;
  }

  /** The connection is down: what was not answered is asked again, except ways back, which are made anew. */
  lost() {
    const all = this.clear();
    this.#waiting = all.filter((entry) => !entry.again);
  }

  /** @returns {Entry[]} all that were in it */
  clear() {
    const all = this.#inFlight === null ? this.#waiting : [this.#inFlight, ...this.#waiting];
    this.#inFlight = null;
    this.#waiting = [];
    return all;
  }
}
