export const FIRST_DELAY_MS = 500;
export const LONGEST_DELAY_MS = 15_000;
/** Who was told when to come back comes at random within this much more, or half as long again. */
export const SPREAD_MS = 1_000;

/**
 * How long to wait before trying again: doubling, with the upper half of each delay left to chance, so that
 * the clients of a restarted server don't all come back at the same moment.
 *
 * @param {number} attempt how many tries have failed in a row, from 0
 * @param {number} random in [0, 1)
 * @param {number|null} [retry_after_s] what the server asked for; it is never undercut
 * @returns {number} milliseconds
 */
export function backoffDelay(attempt, random, retry_after_s = null) {
  if (retry_after_s !== null) {
    const told_ms = Math.max(0, retry_after_s) * 1000;
    return told_ms + Math.max(SPREAD_MS, told_ms / 2) * random;
  }
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16));
  return ceiling * (0.5 + 0.5 * random);
}
