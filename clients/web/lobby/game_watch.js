import { realTimers } from "../sdk/timers.js";

/**
 * @typedef {import("../sdk/index.js").Client} Client
 * @typedef {import("../sdk/index.js").Room} Room
 *
 * @typedef {object} GameWatchOptions
 * @property {string} game
 * @property {() => Client} makeClient
 * @property {(room: Room) => void} onRoom there is something to see
 * @property {() => void} onGone nothing any more
 * @property {import("../sdk/timers.js").Timers} [timers]
 */

/** Whoever looks away for a moment comes back to the same picture. */
export const LOOKS_AWAY_MS = 10_000;

/** After a refusal, or the room's end. */
export const TRIES_AGAIN_MS = 10_000;

/**
 * Watches some room of a game for as long as somebody looks. A refusal is no news: then there is just nothing to see for
 * a while.
 */
export class GameWatch {
  /** @type {Client|null} While watching, or on the way to it. */
  #client = null;
  /** @type {unknown} */
  #timer = null;
  #options;
  #timers;

  /** @param {GameWatchOptions} options */
  constructor(options) {
    this.#options = options;
    this.#timers = options.timers ?? realTimers;
  }

  /** Somebody looks. */
  look() {
    this.#timers.clear(this.#timer);
    if (this.#client === null) this.#begin();
  }

  /** Nobody looks: goes on for a while. */
  lookAway() {
    this.#timers.clear(this.#timer);
    this.#timer = this.#timers.set(() => this.stop(), LOOKS_AWAY_MS);
  }

  /** Leaves at once. */
  stop() {
    this.#timers.clear(this.#timer);
    const client = this.#client;
    if (client === null) return;
    this.#client = null;
    client.disconnect();
    this.#options.onGone();
  }

  #begin() {
    const { game, makeClient, onRoom } = this.#options;
    const client = makeClient();
    this.#client = client;
    const over = () => {
      if (this.#client !== client) return;
      this.stop();
      this.#timer = this.#timers.set(() => this.#begin(), TRIES_AGAIN_MS);
    };
    client.spectate({ game }).then((room) => {
      if (this.#client !== client) return;
      room.on("left", over);
      onRoom(room);
    }, over);
  }
}
