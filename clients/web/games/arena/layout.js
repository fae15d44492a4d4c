/**
 * The map of a round, built from its public seed: the twin of the server's `layout.py`, number for number. Whole numbers
 * only, below 2^53, and 32 bits in the dice.
 *
 * @typedef {{ x: number, y: number, radius: number }} Circle in units
 */

const MARGIN = 120;
const GAP = 90;
const TRIES = 12;
const AREA_PER_OBSTACLE = 72_000;
const AREA_PER_SPOT = 160_000;
const SPOT_KINDS = 5;

/** Marsaglia's xorshift32 (Journal of Statistical Software 8/14, 2003). */
export class Dice {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  }

  /** @param {number} limit */
  below(limit) {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state % limit;
  }
}

/**
 * @param {number} seed
 * @param {number} side of the field, in units
 * @returns {{ obstacles: Circle[], spots: { x: number, y: number, kind: number }[] }} `spots`: the number of a spot
 *   modulo 5 stands for its kind
 */
export function layoutOf(seed, side) {
  const dice = new Dice(seed);
  /** @type {Circle[]} */
  const obstacles = [];
  for (let n = Math.floor((side * side) / AREA_PER_OBSTACLE); n > 0; n--) {
    const circle = placeObstacle(dice, side, obstacles);
    if (circle !== null) obstacles.push(circle);
  }
  const spots = [];
  const wanted = Math.max(4, Math.floor((side * side) / AREA_PER_SPOT));
  for (let number = 0; number < wanted; number++) {
    const spot = placeSpot(dice, side, obstacles);
    if (spot !== null) spots.push({ ...spot, kind: [0, 1, 2, 0, 3][number % SPOT_KINDS] ?? 0 });
  }
  return { obstacles, spots };
}

/**
 * @param {Dice} dice
 * @param {number} side
 * @param {Circle[]} obstacles
 */
function placeObstacle(dice, side, obstacles) {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const radius = 34 + dice.below(52);
    const room = side - 2 * (MARGIN + radius);
    const x = MARGIN + radius + dice.below(room);
    const y = MARGIN + radius + dice.below(room);
    if (isFree(x, y, radius + GAP, side, obstacles)) return { x, y, radius };
  }
  return null;
}

/**
 * @param {Dice} dice
 * @param {number} side
 * @param {Circle[]} obstacles
 */
function placeSpot(dice, side, obstacles) {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const x = 60 + dice.below(side - 120);
    const y = 60 + dice.below(side - 120);
    if (isFree(x, y, 30, side, obstacles)) return { x, y };
  }
  return null;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} clearance
 * @param {number} side
 * @param {Circle[]} obstacles
 */
function isFree(x, y, clearance, side, obstacles) {
  if (x < clearance || x > side - clearance || y < clearance || y > side - clearance) return false;
  return obstacles.every((o) => (o.x - x) ** 2 + (o.y - y) ** 2 >= (o.radius + clearance) ** 2);
}
