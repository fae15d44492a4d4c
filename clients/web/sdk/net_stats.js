/**
 * What was measured when a snapshot came. What isn't known is null.
 *
 * @typedef {object} NetSample
 * @property {number} at_ms
 * @property {number|null} rtt_ms round trip
 * @property {number} jitter_ms its deviation
 * @property {number} delay_ms how far everyone else is drawn behind the server's clock
 * @property {number|null} margin inputs that waited on the server after its step took one; -1: it was left without
 * @property {number} bytes_per_s received, over the last second
 * @property {number} skipped snapshots that should have come between this one and the last
 * @property {number|null} correction of the own prediction, in units that are shown
 * @property {number|null} step_ms how long the server took for the tick
 *
 * @typedef {Omit<NetSample, "bytes_per_s"|"skipped"> & { bytes: number, tick: number, interval_ticks: number }} NetNews
 *   `bytes`: received so far; `interval_ticks`: from snapshot to snapshot, as a rule
 */

/** How far back the samples go. */
const KEPT_MS = 10_000;
const RATE_OVER_MS = 1_000;

/** How the network does, snapshot by snapshot: for graphs, and for whoever wants to know why it feels as it does. */
export class NetStats {
  /** @type {NetSample[]} The last ten seconds, oldest first. */
  samples = [];
  /** Skipped snapshots since the seat was taken. */
  skipped = 0;
  /** Whether one's own row is predicted; if not, why. */
  prediction = "";
  /** @type {{ at_ms: number, bytes: number }[]} The last second. */
  #received = [];
  /** @type {number|null} */
  #tick = null;

  /** @returns {NetSample|undefined} */
  get latest() {
    return this.samples.at(-1);
  }

  /** @param {NetNews} news */
  add({ bytes, tick, interval_ticks, ...measured }) {
    const gap = tick - (this.#tick ?? tick);
    this.#tick = tick;
    const skipped = Math.max(0, Math.round(gap / interval_ticks) - 1);
    this.skipped += skipped;
    this.samples.push({ ...measured, skipped, bytes_per_s: this.#rate(bytes, measured.at_ms) });
    while ((this.samples[0]?.at_ms ?? 0) < measured.at_ms - KEPT_MS) this.samples.shift();
  }

  /**
   * The prediction was corrected by the latest snapshot and those that came with it.
   *
   * @param {number} size in units that are shown
   */
  correct(size) {
    if (this.latest !== undefined) this.latest.correction = size;
  }

  /**
   * @param {number} bytes
   * @param {number} at_ms
   */
  #rate(bytes, at_ms) {
    this.#received.push({ at_ms, bytes });
    while ((this.#received[1]?.at_ms ?? at_ms) <= at_ms - RATE_OVER_MS) this.#received.shift();
    const oldest = this.#received[0] ?? { at_ms, bytes };
    const over_ms = at_ms - oldest.at_ms;
    return over_ms === 0 ? 0 : ((bytes - oldest.bytes) * 1000) / over_ms;
  }
}
