import { deviation } from "./statistics.js";

/**
 * @typedef {{ rtt_ms: number, offset: number }} ClockSample `offset`: the server's tick when this clock showed 0
 */

/** Round trips kept. */
const SAMPLES = 16;
/** The estimate is taken from the quickest of them: the shorter the way, the less of it can be uneven. */
const QUICKEST_PART = 1 / 4;
/** Round trips of which the lowest is shown: few enough to notice that the way has become longer. */
const RECENT = 4;
/** The shown time runs this much faster or slower to get to the estimate: too little to be seen. */
const BEND = 0.05;
/** Farther off than this it jumps. */
const JUMP_MS = 250;
/** Samples farther off the estimate than what their round trip explains... */
const OFF_MS = 20;
/** ...so many times running mean that the server's schedule slipped, or that the network takes another way. */
const OFF_RUN = 3;

/**
 * The server's time, in ticks of one room, on this side's clock: synchronised by pings as in Cristian's algorithm
 * (Distributed Computing 3, 1989). Time is an argument.
 */
export class ServerClock {
  /** All jumps so far together, in ticks. */
  jumped_ticks = 0;
  /** Lowest of the latest round trips; null until measured. @type {number|null} */
  rtt_ms = null;
  /** Deviation of the round trips kept. */
  jitter_ms = 0;
  /** Ticks per millisecond. */
  rate;
  /** @type {ClockSample[]} Oldest first. */
  #samples = [];
  /** @type {ClockSample[]} The latest ones that lie off the estimate, all on one side: not believed yet. */
  #strays = [];
  #estimate = 0;
  /** @type {number|null} What `tick` uses; null before `start`. */
  #offset = null;
  #advanced_ms = 0;

  /** @param {number} tick_rate_hz */
  constructor(tick_rate_hz) {
    this.rate = tick_rate_hz / 1000;
  }

  /** Whether it runs at all. */
  get started() {
    return this.#offset !== null;
  }

  /** Whether it was set by a round trip, not just by the arrival of a snapshot. */
  get synced() {
    return this.#samples.length > 0;
  }

  /**
   * Sets a clock that doesn't run yet: late by the way here, until the first `pong`.
   *
   * @param {number} tick of a snapshot that has just come
   * @param {number} now_ms
   */
  start(tick, now_ms) {
    if (this.#offset === null) this.#set(tick - now_ms * this.rate, now_ms);
  }

  /**
   * @param {number} sent_ms when the ping went out
   * @param {number} tick the server's time when it answered
   * @param {number} now_ms
   */
  pong(sent_ms, tick, now_ms) {
    const rtt_ms = Math.max(0, now_ms - sent_ms);
    const sample = { rtt_ms, offset: tick - this.rate * (now_ms - rtt_ms / 2) };
    const first = !this.synced;
    this.#sortIn(sample);
    this.#measure();
    if (first) this.#set(this.#estimate, now_ms);
  }

  /**
   * @param {number} now_ms
   * @returns {number} the server's tick, fractional; 0 before it runs
   */
  tick(now_ms) {
    if (this.#offset === null) return 0;
    const elapsed_ms = Math.max(0, now_ms - this.#advanced_ms);
    this.#advanced_ms = Math.max(now_ms, this.#advanced_ms);
    const error = this.synced ? this.#estimate - this.#offset : 0;
    const bend = BEND * elapsed_ms * this.rate;
    if (Math.abs(error) > JUMP_MS * this.rate) this.#set(this.#estimate, now_ms);
    else this.#offset += Math.min(bend, Math.max(-bend, error));
    return this.rate * now_ms + this.#offset;
  }

  /** @param {ClockSample} sample */
  #sortIn(sample) {
    const off_ms = this.synced ? (sample.offset - this.#estimate) / this.rate : 0;
    const stray = Math.abs(off_ms) > sample.rtt_ms / 2 + OFF_MS;
    const [other] = this.#strays;
    if (!stray || (other !== undefined && other.offset > this.#estimate !== off_ms > 0)) {
      this.#samples.push(...this.#strays.splice(0));
    }
    (stray ? this.#strays : this.#samples).push(sample);
    if (this.#strays.length === OFF_RUN) this.#samples = this.#strays.splice(0);
    this.#samples = this.#samples.slice(-SAMPLES);
  }

  #measure() {
    const quickest = [...this.#samples].sort((a, b) => a.rtt_ms - b.rtt_ms);
    quickest.length = Math.max(1, Math.floor(quickest.length * QUICKEST_PART));
    this.#estimate = quickest.reduce((sum, { offset }) => sum + offset, 0) / quickest.length;
    const all_ms = [...this.#samples, ...this.#strays].map(({ rtt_ms }) => rtt_ms);
    this.rtt_ms = Math.min(...all_ms.slice(-RECENT));
    this.jitter_ms = deviation(all_ms);
  }

  /**
   * @param {number} offset
   * @param {number} now_ms
   */
  #set(offset, now_ms) {
    if (this.#offset !== null) this.jumped_ticks += offset - this.#offset;
    else this.#advanced_ms = now_ms;
    this.#offset = offset;
  }
}
