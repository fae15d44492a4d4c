/**
 * @typedef {import("./state.js").State} State
 *
 * What to draw now: `alpha` of the way from one state to another.
 * @typedef {{ tick: number, from: State, to: State, alpha: number }} Sample
 */

/** States kept: enough to interpolate over a few that came late, no more. */
const KEPT = 16;
/** How far drawn time stays behind the newest snapshot, in snapshot intervals. */
const DELAY_INTERVALS = 1.25;
/** Drawn time runs this much faster or slower to get back to where it should be: too little to be seen. */
const BEND = 0.1;
/** Farther off than this, in intervals, drawn time jumps: bending would take too long. */
const JUMP_INTERVALS = 6;

/**
 * The latest states of a room, and the moving point between them that is drawn. It runs smoothly though snapshots come
 * unevenly. Time is an argument.
 */
export class Timeline {
  /** @type {State[]} */
  #states = [];
  #tick = 0;
  #sampled_ms = 0;
  #ticks_per_ms;

  /** @param {number} tick_rate_hz */
  constructor(tick_rate_hz) {
    this.#ticks_per_ms = tick_rate_hz / 1000;
  }

  /**
   * @param {State} state newer than all before, or it starts the timeline over
   * @param {number} now_ms
   */
  push(state, now_ms) {
    const latest = this.#states.at(-1);
    if (latest !== undefined && state.tick <= latest.tick) this.#states = [];
    if (this.#states.length === 0) {
      this.#tick = state.tick;
      this.#sampled_ms = now_ms;
    }
    this.#states.push(state);
    if (this.#states.length > KEPT) this.#states.shift();
  }

  /**
   * @param {number} now_ms
   * @returns {Sample|null} null before the first state
   */
  sample(now_ms) {
    const latest = this.#states.at(-1);
    if (latest === undefined) return null;
    this.#advance(now_ms, latest);
    const after = this.#states.findIndex((state) => state.tick >= this.#tick);
    const to = this.#states[after] ?? latest;
    const from = this.#states[after - 1] ?? to;
    const span = to.tick - from.tick;
    return { tick: this.#tick, from, to, alpha: span > 0 ? (this.#tick - from.tick) / span : 1 };
  }

  /**
   * @param {number} now_ms
   * @param {State} latest
   */
  #advance(now_ms, latest) {
    const elapsed_ms = Math.max(0, now_ms - this.#sampled_ms);
    this.#sampled_ms = now_ms;
    const interval = latest.tick - (this.#states.at(-2)?.tick ?? latest.tick - 1);
    const error = latest.tick - DELAY_INTERVALS * interval - (this.#tick + elapsed_ms * this.#ticks_per_ms);
    const bend = error > interval / 2 ? BEND : error < -interval / 2 ? -BEND : 0;
    const ahead = this.#tick + elapsed_ms * this.#ticks_per_ms * (1 + bend);
    const tick = error > JUMP_INTERVALS * interval ? latest.tick - DELAY_INTERVALS * interval : ahead;
    const oldest = this.#states[0]?.tick ?? latest.tick;
    // Never beyond what is known, never back: what waits for a late snapshot stands still.
    this.#tick = Math.min(latest.tick, Math.max(oldest, this.#tick, tick));
  }
}
