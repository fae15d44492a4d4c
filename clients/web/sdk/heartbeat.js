/**
 * @typedef {import("./timers.js").Timers} Timers
 */

export const PING_INTERVAL_MS = 2_000;
/** Nothing heard for this long after a ping means that the connection is dead, though the socket hasn't noticed. */
export const DEAD_AFTER_MS = 8_000;

/**
 * Measures the round trip, and notices when answers stop coming.
 */
export class Heartbeat {
  /** @type {Map<number, number>} when each unanswered ping was sent, by its `t` */
  #sent = new Map();
  #heard_ms = 0;
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

  start() {
    this.stop();
    this.heard();
    this.#beat();
  }

  stop() {
    this.#timers.clear(this.#timer);
    this.#timer = null;
    this.#sent.clear();
  }

  /** Anything at all arrived. */
  heard() {
    this.#heard_ms = this.#timers.now();
  }

  /**
   * @param {number} t
   * @returns {number|null} the round trip in ms; null if this ping is not known
   */
  pong(t) {
    const sent_ms = this.#sent.get(t);
    if (sent_ms === undefined) return null;
    this.#sent.delete(t);
    return this.#timers.now() - sent_ms;
  }

  #beat() {
    const now_ms = this.#timers.now();
    const oldest_ms = Math.min(...this.#sent.values(), now_ms);
    // A hidden tab's timers are slowed down, not its messages: what came was counted before this check.
    if (now_ms - Math.max(oldest_ms, this.#heard_ms) >= DEAD_AFTER_MS) {
      this.stop();
      this.#onDead();
      return;
    }
    // Pings may go unanswered on a busy connection: forget them instead of piling them up.
    if (this.#sent.size >= 8) this.#sent.clear();
    if (this.#ping(now_ms)) this.#sent.set(now_ms, now_ms);
    this.#timer = this.#timers.set(() => this.#beat(), PING_INTERVAL_MS);
  }
}
