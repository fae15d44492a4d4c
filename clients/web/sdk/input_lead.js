/**
 * @typedef {import("./server_clock.js").ServerClock} ServerClock
 */

/** A clock that is this far ahead of the shortest way at the most, in ticks. */
const MOST_AHEAD_TICKS = 6;
const SPARE_TICKS = 1;
const DEVIATIONS = 2;
/** How the lead answers to what the server says of the inputs that wait there, in ticks. */
const RAISE = 0.5;
const LOWER = 0.25;
const LOWER_AFTER_MS = 2_000;
/** So many snapshots running in which more than one input was left over: the queue is a pile, not a margin. */
const PILE_SNAPSHOTS = 6;
/** The lead changes by this part of elapsed time: too little to be seen. Farther off than `JUMP_MS` it jumps. */
const BEND = 0.1;
const JUMP_MS = 250;

/**
 * How far ahead of the server's clock inputs are made, so that each is there when its tick comes, and not much earlier.
 * Time is an argument.
 */
export class InputLead {
  /** In ticks. */
  ticks = 0;
  #clock;
  /** @type {number|null} Where the margins have brought the lead; null as long as there was none. */
  #wanted = null;
  /** @type {{ at_ms: number, margin: number }[]} Since the last change. */
  #margins = [];
  #started = false;
  #advanced_ms = 0;
  /** What late inputs have added, where there are no margins. */
  #added = 0;
  /** Until then margins tell of the time before the last change. */
  #deaf_until_ms = 0;

  /** @param {ServerClock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /** @param {number} now_ms */
  advance(now_ms) {
    const wanted = this.#wanted ?? this.#fromRoundTrip();
    const elapsed_ms = Math.max(0, now_ms - this.#advanced_ms);
    this.#advanced_ms = now_ms;
    const error = wanted - this.ticks;
    const bend = BEND * elapsed_ms * this.#clock.rate;
    const jump = !this.#started || Math.abs(error) > JUMP_MS * this.#clock.rate;
    this.ticks += jump ? error : Math.min(bend, Math.max(-bend, error));
    this.#started ||= this.#clock.synced;
  }

  /**
   * @param {number|null} margin how many inputs still waited after the server's step took one; -1: none was there; null:
   *   it doesn't say
   * @param {number} now_ms
   * @returns {number} how many client ticks to leave out
   */
  hear(margin, now_ms) {
    if (margin === null || !this.#clock.synced || now_ms < this.#deaf_until_ms) return 0;
    this.#wanted ??= this.#fromRoundTrip();
    this.#margins.push({ at_ms: now_ms, margin });
    if (margin < 0) {
      this.#change(RAISE, now_ms);
      return 0;
    }
    const pile = Math.min(...this.#margins.slice(-PILE_SNAPSHOTS).map((each) => each.margin));
    if (this.#margins.length >= PILE_SNAPSHOTS && pile >= 2) {
      const left_out = pile - 1;
      this.#change(0, now_ms + left_out / this.#clock.rate);
      return left_out;
    }
    const [oldest] = this.#margins;
    if (oldest === undefined || now_ms - oldest.at_ms < LOWER_AFTER_MS) return 0;
    if (Math.min(...this.#margins.map((each) => each.margin)) >= 1) this.#change(-LOWER, now_ms);
    else this.#margins.shift();
    return 0;
  }

  /** The way to the server is perhaps another one: what was learned of the old one doesn't count. */
  restart() {
    this.#wanted = null;
    this.#margins = [];
    this.#added = 0;
    this.#deaf_until_ms = 0;
  }

  /** Inputs were late, as far as one can tell without margins. It stays: nothing says when it is too much. */
  late() {
    this.#added = Math.min(MOST_AHEAD_TICKS - SPARE_TICKS, this.#added + RAISE);
  }

  /**
   * @param {number} by
   * @param {number} now_ms
   */
  #change(by, now_ms) {
    const shortest = this.#shortest();
    const wanted = (this.#wanted ?? 0) + by;
    this.#wanted = Math.min(shortest + MOST_AHEAD_TICKS, Math.max(shortest, wanted));
    this.#margins = [];
    // What it brings is known one round trip later.
    this.#deaf_until_ms = now_ms + (this.#clock.rtt_ms ?? 0);
  }

  /** @returns {number} the way to the server, in ticks */
  #shortest() {
    return ((this.#clock.rtt_ms ?? 0) / 2) * this.#clock.rate;
  }

  #fromRoundTrip() {
    return (
      this.#shortest() + DEVIATIONS * this.#clock.jitter_ms * this.#clock.rate + SPARE_TICKS + this.#added
    );
  }
}
