/**
 * @typedef {import("./world_bounds.js").Rect} Rect
 */

/** Room for names and rings around the world, in CSS pixels. */
const MARGIN_PX = 40;
/** How fast the picture follows when the world grows: the time in which all but a third of the way is gone. */
const EASE_MS = 160;

/** Where the world is on the canvas. */
export class Camera {
  /** Canvas pixels per CSS pixel. */
  ratio = 1;
  /** CSS pixels per unit of the world. */
  scale = 1;
  width_px = 1;
  height_px = 1;
  #centre_x = 0;
  #centre_y = 0;
  /** @type {number|null} When it last moved; null: it is to be there at once. */
  #moved_ms = null;

  /**
   * @param {number} width_px
   * @param {number} height_px
   * @param {number} ratio
   */
  resize(width_px, height_px, ratio) {
    this.width_px = width_px;
    this.height_px = height_px;
    this.ratio = ratio;
    this.jump();
  }

  /** Will be where it should at the next `follow`, without a way there. */
  jump() {
    this.#moved_ms = null;
  }

  /**
   * Moves towards showing all of `rect`.
   *
   * @param {Rect} rect
   * @param {number} now_ms
   * @param {boolean} calm no movement that isn't the game's
   */
  follow(rect, now_ms, calm) {
    const scale = Math.min(
      Math.max(1, this.width_px - 2 * MARGIN_PX) / (rect.right - rect.left),
      Math.max(1, this.height_px - 2 * MARGIN_PX) / (rect.bottom - rect.top),
    );
    const part = this.#moved_ms === null || calm ? 1 : 1 - Math.exp((this.#moved_ms - now_ms) / EASE_MS);
    this.#moved_ms = now_ms;
    this.scale += (scale - this.scale) * part;
    this.#centre_x += ((rect.left + rect.right) / 2 - this.#centre_x) * part;
    this.#centre_y += ((rect.top + rect.bottom) / 2 - this.#centre_y) * part;
  }

  /** @param {number} x in the world */
  x(x) {
    return this.width_px / 2 + (x - this.#centre_x) * this.scale;
  }

  /** @param {number} y in the world, growing downwards */
  y(y) {
    return this.height_px / 2 + (y - this.#centre_y) * this.scale;
  }
}
