/**
 * @typedef {import("../sdk/messages.js").Schema} Schema
 * @typedef {import("../sdk/messages.js").TableSchema} TableSchema
 * @typedef {{ left: number, top: number, right: number, bottom: number }} Rect
 */

/** The ranges that the integer types have anyway: as limits they say nothing about the world. */
const TYPE_RANGES = new Set(
  ["0..255", "0..65535", "0..4294967295", "-128..127", "-32768..32767"].concat("-2147483648..2147483647"),
);

/** @param {TableSchema} table */
export function hasPosition({ fields }) {
  return fields.some(([name]) => name === "x") && fields.some(([name]) => name === "y");
}

/**
 * The part of the world worth drawing: what the schema promises, or else what has been seen. It only ever grows, in few
 * large steps, since a world that breathes is hard to look at.
 */
export class WorldBounds {
  #x;
  #y;

  /** @param {Schema} schema */
  constructor(schema) {
    const tables = Object.values(schema).filter(hasPosition);
    this.#x = new Range(tables, "x");
    this.#y = new Range(tables, "y");
  }

  /**
   * Counts a position that something has.
   *
   * @param {number} x
   * @param {number} y
   */
  include(x, y) {
    this.#x.include(x);
    this.#y.include(y);
  }

  /** @returns {Rect} */
  rect() {
    const { low: left, high: right } = this.#x.padded();
    const { low: top, high: bottom } = this.#y.padded();
    return { left, top, right, bottom };
  }
}

/** One direction of the world. */
class Range {
  /** Whether the schema gives this direction's limits. */
  #given = false;
  // Seen positions count from the origin on, where nearly every world begins or has its middle.
  #low = 0;
  #high = 0;

  /**
   * @param {TableSchema[]} tables
   * @param {"x"|"y"} name
   */
  constructor(tables, name) {
    const limits = tables
      .map(({ fields }) => fields.find(([field]) => field === name)?.[2])
      .flatMap(({ min, max } = {}) => (min === undefined || max === undefined ? [] : [{ min, max }]))
      .filter(({ min, max }) => max > min && !TYPE_RANGES.has(`${min}..${max}`));
    if (limits.length === 0) return;
    this.#given = true;
    this.#low = Math.min(...limits.map(({ min }) => min));
    this.#high = Math.max(...limits.map(({ max }) => max));
  }

  /** @param {number} value */
  include(value) {
    if (this.#given || !Number.isFinite(value)) return;
    this.#low = Math.min(this.#low, value);
    this.#high = Math.max(this.#high, value);
  }

  padded() {
    if (this.#given) return { low: this.#low, high: this.#high };
    const step = niceStep((this.#high - this.#low || 10) / 4);
    const low = Math.floor(this.#low / step) * step;
    const high = Math.max(Math.ceil(this.#high / step) * step, low + step);
    return { low, high };
  }
}

/**
 * @param {number} least
 * @returns {number} the smallest of 1, 2, 5 times a power of ten that is at least `least`
 */
export function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}
