/** From the median absolute deviation to the standard deviation, if what is measured is normally distributed. */
const MAD_TO_DEVIATION = 1.4826;

/**
 * @param {readonly number[]} values
 * @returns {number} 0 of none
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/**
 * The standard deviation, estimated by medians: one stall among many values doesn't disturb it.
 *
 * @param {readonly number[]} values
 */
export function deviation(values) {
  const middle = median(values);
  return MAD_TO_DEVIATION * median(values.map((value) => Math.abs(value - middle)));
}
