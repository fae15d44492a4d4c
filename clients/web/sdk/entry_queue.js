import { leavesHope } from "./ways_in.js";

/**
 * @typedef {import("./messages.js").Joined} Joined
 * @typedef {import("./messages.js").ServerError} ServerError
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./ways_in.js").EntryMessage} EntryMessage
 *
 * @typedef {object} Entry
 * @property {EntryMessage[]} ways into the room: each after the first is for when the one before was refused
 * @property {boolean} again whether it leads back into a room after a lost connection
 * @property {(joined: Joined) => void} done
 * @property {(error: ServerError) => void} failed
 */

/**
 * Requests to enter rooms, of which one at a time is under way: `joined` doesn't say which of them it answers. An `error`
 * does, by the request's `seq`: it may as well be about something else.
 */
export class EntryQueue {
  /** @type {Entry[]} */
  #waiting = [];
  /** @type {{ entry: Entry, seq: number }|null} Sent and not answered yet. */
  #asked = null;

  get empty() {
    return this.#waiting.length === 0 && this.#asked === null;
  }

  get inFlight() {
    return this.#asked !== null;
  }

  /** @param {Entry} entry */
  push(entry) {
    this.#waiting.push(entry);
  }

  /** @param {Entry[]} entries */
  putFirst(entries) {
    this.#waiting.unshift(...entries);
  }

  /**
   * @param {() => number} nextSeq
   * @returns {ClientMessage|null} what to send now, if anything
   */
  next(nextSeq) {
    if (this.#asked !== null) return null;
    const entry = this.#waiting.shift();
    const message = entry?.ways[0];
    if (entry === undefined || message === undefined) return null;
    this.#asked = { entry, seq: nextSeq() };
    return { ...message, seq: this.#asked.seq };
  }

  /** @param {Joined} joined answers the request under way */
  joined(joined) {
    this.#answered()?.done(joined);
  }

  /**
   * @param {ServerError} error
   * @returns {boolean} whether it answers the request under way
   */
  waitsFor({ seq }) {
    return seq !== undefined && seq === this.#asked?.seq;
  }

  /** @param {ServerError} error answers the request under way: another way in comes next, or there is none */
  refused(error) {
    const entry = this.#answered();
    const [way, ...others] = entry?.ways ?? [];
    if (entry === undefined || way === undefined) return;
    if (others.length > 0 && leavesHope(way, error)) this.putFirst([{ ...entry, ways: others }]);
    else entry.failed(error);
  }

  /** The connection is down: what was not answered is asked again, except ways back, which are made anew. */
  lost() {
    const all = this.clear();
    this.#waiting = all.filter((entry) => !entry.again);
  }

  /** @returns {Entry[]} all that were in it */
  clear() {
    const all = this.#asked === null ? this.#waiting : [this.#asked.entry, ...this.#waiting];
    this.#asked = null;
    this.#waiting = [];
    return all;
  }

  /** @returns {Entry|undefined} */
  #answered() {
    const entry = this.#asked?.entry;
    this.#asked = null;
    return entry;
  }
}
