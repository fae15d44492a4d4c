import { deviation, median } from "./statistics.js";

/**
 * @typedef {import("./state.js").State} State
 *
 * What to draw now: `alpha` of the way from one state to another. Above 1 it is guessed how things go on.
 *
 * @typedef {object} Sample
 * @property {number} tick the drawn tick, fractional
 * @property {State} from
 * @property {State} to
 * @property {number} alpha
 * @property {boolean} jumped whether drawn time, or what was known of it, did not just run on since the last sample:
 *   places may differ by more than anything moves
 */

/** Snapshots whose arrival is remembered. */
const ARRIVALS = 64;
/** How far drawn time stays behind the usual arrival: so many snapshot intervals and deviations, within bounds. */
const DELAY_INTERVALS = 2;
const DELAY_DEVIATIONS = 2;
const SHORTEST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 250;
/** Drawn time runs this much faster or slower to get to where it should be: too little to be seen. */
const BEND = 0.1;
/** Farther off than this it jumps. */
const JUMP_MS = 250;
/** What is guessed beyond the newest state at the most; then things stand still. */
const EXTRAPOLATE_MS = 100;
/** Drawn time that gains so much in one sample was held up: what is drawn jumps. */
const NOTICED_MS = 50;
/** States kept, besides those of half a second. */
const SPARE_STATES = 4;
const KEPT_MS = 500;

/**
 * The latest states of a room, and the moving point between them at which everyone else is drawn: as little behind the
 * server as the network's jitter allows. Time is an argument.
 */
export class Playback {
  #rate;
  /** @type {State[]} Oldest first. */
  #states = [];
  /** How far each snapshot's tick was ahead of `rate * now` when it came, the latest last. @type {number[]} */
  #arrivals = [];
  /** @type {number[]} Ticks from snapshot to snapshot. */
  #gaps = [];
  /** What drawn time is ahead of `rate * now`, and what it should be. */
  #offset = 0;
  #wanted = 0;
  #tick = Number.NEGATIVE_INFINITY;
  #sampled_ms = 0;
  /** @type {State|null} The newest state as of the last sample, if that went beyond it. */
  #beyond = null;

  /** @param {number} tick_rate_hz */
  constructor(tick_rate_hz) {
    this.#rate = tick_rate_hz / 1000;
  }

  /** Ticks from one snapshot to the next, as a rule. */
  get interval_ticks() {
    return Math.max(1, Math.round(median(this.#gaps)));
  }

  /** @param {number} now_ms */
  tick(now_ms) {
    return this.#rate * now_ms + this.#offset;
  }

  /**
   * @param {State} state newer than all before, or it starts the playback over
   * @param {number} now_ms when it came
   */
  push(state, now_ms) {
    const newest = this.#states.at(-1);
    if (newest === undefined || state.tick <= newest.tick) this.#start(now_ms);
    else keep(this.#gaps, state.tick - newest.tick, ARRIVALS);
    this.#states.push(state);
    const kept = (KEPT_MS * this.#rate) / this.interval_ticks + SPARE_STATES;
    if (this.#states.length > kept) this.#states.shift();
    keep(this.#arrivals, state.tick - this.#rate * now_ms, ARRIVALS);
    this.#aim();
  }

  /**
   * @param {number} now_ms
   * @returns {Sample|null} null before the first state
   */
  sample(now_ms) {
    const newest = this.#states.at(-1);
    if (newest === undefined) return null;
    const jumped = this.#advance(now_ms, newest);
    const next = this.#states.findIndex((state) => state.tick >= this.#tick);
    const after = next === -1 ? this.#states.length - 1 : next;
    const to = this.#states[after] ?? newest;
    const from = this.#states[after - 1] ?? to;
    const span = to.tick - from.tick;
    const alpha = span > 0 ? (this.#tick - from.tick) / span : 1;
    const landed = this.#beyond !== null && this.#beyond !== newest;
    this.#beyond = this.#tick > newest.tick ? newest : null;
    return { tick: this.#tick, from, to, alpha, jumped: jumped || landed };
  }

  /**
   * The newest state, as it is: what there is to see without interpolation.
   *
   * @returns {Sample|null}
   */
  newest() {
    const newest = this.#states.at(-1);
    if (newest === undefined) return null;
    return { tick: newest.tick, from: newest, to: newest, alpha: 1, jumped: false };
  }

  /** @param {number} now_ms */
  #start(now_ms) {
    this.#states = [];
    this.#arrivals = [];
    this.#tick = Number.NEGATIVE_INFINITY;
    this.#sampled_ms = now_ms;
    this.#beyond = null;
  }

  /** Decides where drawn time should be. */
  #aim() {
    const usual = median(this.#arrivals);
    const wanted = DELAY_INTERVALS * this.interval_ticks + DELAY_DEVIATIONS * deviation(this.#arrivals);
    const shortest = SHORTEST_DELAY_MS * this.#rate;
    this.#wanted = usual - Math.min(LONGEST_DELAY_MS * this.#rate, Math.max(shortest, wanted));
    const starting = this.#arrivals.length === 1;
    if (starting || Math.abs(this.#wanted - this.#offset) > JUMP_MS * this.#rate) this.#offset = this.#wanted;
  }

  /**
   * @param {number} now_ms
   * @param {State} newest
   * @returns {boolean} whether drawn time jumped
   */
  #advance(now_ms, newest) {
    const elapsed_ms = Math.max(0, now_ms - this.#sampled_ms);
    this.#sampled_ms = now_ms;
    const bend = BEND * elapsed_ms * this.#rate;
    this.#offset += Math.min(bend, Math.max(-bend, this.#wanted - this.#offset));
    const last = this.#tick;
    // Never back: what has to wait stands still.
    this.#tick = Math.min(newest.tick + EXTRAPOLATE_MS * this.#rate, Math.max(last, this.tick(now_ms)));
    const gained = Number.isFinite(last) ? this.#tick - last : 0;
    return gained > (elapsed_ms + NOTICED_MS) * this.#rate;
  }
}

/**
 * @param {number[]} values
 * @param {number} value
 * @param {number} most
 */
function keep(values, value, most) {
  values.push(value);
  if (values.length > most) values.shift();
}
