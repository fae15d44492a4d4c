/**
 * Time as an argument, so that tests can bring their own.
 *
 * @typedef {object} Timers
 * @property {() => number} now milliseconds, monotonic
 * @property {(callback: () => void, delay_ms: number) => unknown} set calls back once; returns what `clear` takes
 * @property {(timer: unknown) => void} clear
 */

/** @type {Timers} */
export const realTimers = {
  now: () => performance.now(),
  set: (callback, delay_ms) => setTimeout(callback, delay_ms),
  clear: (timer) => clearTimeout(/** @type {ReturnType<typeof setTimeout>} */ (timer)),
};
