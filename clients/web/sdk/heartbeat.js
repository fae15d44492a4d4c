/**
 * @typedef {import("./timers.js").Timers} Timers
 */

/** At first often, so that the clock of a new seat is right soon; then as often as it takes to keep it so. */
export const FIRST_INTERVAL_MS = 100;
export const FIRST_FOR_MS = 2_000;
export const PING_INTERVAL_MS = 1_000;
/** Nothing heard for this long after a ping, or another question, means that the connection is dead, though the socket hasn't noticed. */
export const DEAD_AFTER_MS = 8_000;

/**
 * Paces the pings, and notices when answers stop coming.
 */
export class Heartbeat {
  #started_ms = 0;
  /** @type {number|null} When the first question since anything was heard went out. */
  #asked_ms = null;
  /** @type {unknown} */
  #timer = null;
  #timers;
  #ping;
  #onDead;

  /**
   * @param {object} options
   * @param {Timers} options.timers
   * @param {(t: number) => boolean} options.ping sends a ping with this `t`; false: there was no one to ask
   * @param {() => void} options.onDead called once; the heartbeat has then stopped
   */
  constructor({ timers, ping, onDead }) {
    this.#timers = timers;
    this.#ping = ping;
    this.#onDead = onDead;
  }

  /** Begins, or begins anew: with a new seat. */
  start() {
    this.stop();
    this.heard();
    this.#started_ms = this.#timers.now();
    this.#beat();
  }

  stop() {
    this.#timers.clear(this.#timer);
    this.#timer = null;
  }

  /** Something went out that will be answered. */
  asked() {
    this.#asked_ms ??= this.#timers.now();
  }

  /** Anything at all arrived. */
  heard() {
    this.#asked_ms = null;
  }

  #beat() {
    const now_ms = this.#timers.now();
    // A hidden tab's timers are slowed down, not its messages: what came was counted before this check.
    if (this.#asked_ms !== null && now_ms - this.#asked_ms >= DEAD_AFTER_MS) {
      this.stop();
      this.#onDead();
      return;
    }
    if (this.#ping(now_ms)) this.asked();
    const first = now_ms - this.#started_ms < FIRST_FOR_MS;
    this.#timer = this.#timers.set(() => this.#beat(), first ? FIRST_INTERVAL_MS : PING_INTERVAL_MS);
  }
}
