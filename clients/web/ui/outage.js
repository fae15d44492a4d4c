import { realTimers } from "../sdk/timers.js";

/**
 * @typedef {import("../sdk/index.js").Client} Client
 */

/** Whoever is back sooner than this has noticed nothing, and isn't told. */
export const NOTICED_MS = 1_000;

/** Whether to say that something is wanted of the server and there is no connection. */
export class Outage {
  /** Read-only from outside. */
  shown = false;
  #client;
  #timers;
  #onChange;
  /** @type {unknown} Runs while an outage isn't worth a word yet. */
  #timer = null;

  /**
   * @param {Client} client
   * @param {{ onChange: () => void, timers?: import("../sdk/timers.js").Timers }} options `onChange`: perhaps there is
   *   something else to say
   */
  constructor(client, { onChange, timers = realTimers }) {
    this.#client = client;
    this.#timers = timers;
    this.#onChange = onChange;
    client.on("state", () => this.#update());
    client.connection.on("state", () => this.#update());
    // A room that comes back after the connection did ends it.
    client.connection.on("message", () => {
      if (this.shown || this.#timer !== null) queueMicrotask(() => this.#update());
    });
  }

  #update() {
    const { state } = this.#client.connection;
    if (!this.#down()) this.#show(false);
    else if (this.shown || state === "closed") this.#show(true);
    else this.#timer ??= this.#timers.set(() => this.#show(true), NOTICED_MS);
  }

  /** @param {boolean} shown */
  #show(shown) {
    this.#timers.clear(this.#timer);
    this.#timer = null;
    this.shown = shown;
    this.#onChange();
  }

  #down() {
    const { state, attempt } = this.#client.connection;
    const returning = this.#client.rooms.some((room) => room.status === "lost");
    switch (state) {
      case "idle":
        return false;
      case "connecting":
        return this.shown || attempt > 0 || returning;
      case "open":
        return returning;
      case "waiting":
      case "closed":
        return true;
    }
  }
}
