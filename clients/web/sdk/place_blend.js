import { ErrorBlend } from "./error_blend.js";

/**
 * @typedef {{ x: number, y: number, blend: ErrorBlend, frame: number }} Drawn
 */

/**
 * Hides the jumps of what is interpolated: after a stall everyone else is somewhere else at once, and slides there
 * instead. For views: `begin` once per frame, `place` for each thing.
 */
export class PlaceBlend {
  /** @type {Map<number|string, Drawn>} */
  #drawn = new Map();
  #frame = 0;
  #jumped = false;
  #elapsed_ms = 0;

  /** @param {number} farthest a jump longer than this, in units of the places, is one to be seen */
  constructor(farthest) {
    this.farthest = farthest;
  }

  /**
   * @param {boolean} jumped whether places may jump in this frame
   * @param {number} elapsed_ms since the last
   */
  begin(jumped, elapsed_ms) {
    this.#jumped = jumped;
    this.#elapsed_ms = elapsed_ms;
    this.#frame += 1;
  }

  /**
   * @param {number|string} id
   * @param {number} x where it is
   * @param {number} y
   * @returns {{ x: number, y: number }} where to draw it; the same object for the same thing
   */
  place(id, x, y) {
    const drawn = this.#drawn.get(id) ?? this.#begin(id, x, y);
    const { blend } = drawn;
    // What wasn't there in the last frame has nowhere to come from.
    const away = Math.hypot(drawn.x - x, drawn.y - y);
    if (drawn.frame !== this.#frame - 1 || away > this.farthest) {
      blend.clear();
    } else if (this.#jumped) {
      blend.clear();
      blend.add(drawn.x - x, drawn.y - y);
    }
    blend.advance(this.#elapsed_ms, 0);
    drawn.x = x + blend.x;
    drawn.y = y + blend.y;
    drawn.frame = this.#frame;
    return drawn;
  }

  /** Nothing seen so far counts. */
  clear() {
    this.#drawn.clear();
  }

  /**
   * @param {number|string} id
   * @param {number} x
   * @param {number} y
   */
  #begin(id, x, y) {
    // Ids are never used again, so what is gone would pile up.
    for (const [old, { frame }] of this.#drawn) if (frame < this.#frame - 1) this.#drawn.delete(old);
    const drawn = { x, y, blend: new ErrorBlend(), frame: this.#frame - 1 };
    this.#drawn.set(id, drawn);
    return drawn;
  }
}
