/**
 * Trigonometry in integers, the twin of the server's `intmath.py`: the same to the bit. An angle is a step of 256 to the
 * full turn, 64 points down on the screen; sines are scaled by 4096.
 */

/** The scale of sines and cosines, as a shift: `(speed * cos256(a)) >> ONE_BITS`. */
export const ONE_BITS = 12;

/** A quarter of round(4096 * sin(2 pi a / 256)), given rather than computed: machines round differently. */
const QUARTER = [
  0, 101, 201, 301, 401, 501, 601, 700, 799, 897, 995, 1092, 1189, 1285, 1380, 1474, 1567, 1660, 1751, 1842,
  1931, 2019, 2106, 2191, 2276, 2359, 2440, 2520, 2598, 2675, 2751, 2824, 2896, 2967, 3035, 3102, 3166, 3229,
  3290, 3349, 3406, 3461, 3513, 3564, 3612, 3659, 3703, 3745, 3784, 3822, 3857, 3889, 3920, 3948, 3973, 3996,
  4017, 4036, 4052, 4065, 4076, 4085, 4091, 4095, 4096,
];

/** @param {number} angle */
export function sin256(angle) {
  const step = angle & 127;
  const sine = QUARTER[step > 64 ? 128 - step : step] ?? 0;
  return (angle & 128) === 0 ? sine : -sine;
}

/** @param {number} angle */
export function cos256(angle) {
  return sin256(angle + 64);
}

/**
 * @param {number} square below 2^53
 * @returns {number} the root, rounded down
 */
export function isqrt(square) {
  const root = Math.floor(Math.sqrt(square));
  return root * root > square ? root - 1 : root;
}
