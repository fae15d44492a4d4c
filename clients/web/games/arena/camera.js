/** Units that a window of usual size shows in each direction, as an area: everybody sees about as much. */
const VIEW_AREA = 1060 * 660;
const SMALLEST_SCALE = 0.62;
/** Units beyond the wall that may be seen: on small screens more above and below, where panels are. */
const BEYOND = 130;
const BEYOND_SMALL = 260;
const SMALL_PX = 820;
/** How fast the lead of the aim, and a move to another player, are followed. */
const EASE_MS = 140;
const SHAKE_MS = 90;
/** Farther than this in one frame is no movement. */
const FLIGHT = 60;

/** Where on the screen the field is. Coordinates are in units of the field and in CSS pixels. */
export class Camera {
  x = 0;
  y = 0;
  scale = 1;
  width_px = 1;
  height_px = 1;
  shakeX = 0;
  shakeY = 0;
  #leadX = 0;
  #leadY = 0;
  #shake = 0;
  #toX = 0;
  #toY = 0;
  #flightX = 0;
  #flightY = 0;
  #set = false;

  /**
   * @param {number} width_px
   * @param {number} height_px
   */
  resize(width_px, height_px) {
    this.width_px = Math.max(1, width_px);
    this.height_px = Math.max(1, height_px);
    this.scale = Math.max(SMALLEST_SCALE, Math.sqrt((this.width_px * this.height_px) / VIEW_AREA));
  }

  /** The next move has no way to go. */
  jump() {
    this.#set = false;
  }

  /**
   * @param {number} x to look at
   * @param {number} y
   * @param {number} leadX in units, looked at besides
   * @param {number} leadY
   * @param {number} side of the field
   * @param {number} elapsed_ms
   */
  follow(x, y, leadX, leadY, side, elapsed_ms) {
    const part = this.#set ? 1 - Math.exp(-elapsed_ms / EASE_MS) : 1;
    this.#leadX += (leadX - this.#leadX) * part;
    this.#leadY += (leadY - this.#leadY) * part;
    const beyond = this.width_px < SMALL_PX ? BEYOND_SMALL : BEYOND;
    const toX = clampView(x + this.#leadX, this.width_px / this.scale, side, BEYOND);
    const toY = clampView(y + this.#leadY, this.height_px / this.scale, side, beyond);
    // A step is followed at once; a far jump (a new life, another player) becomes a flight.
    const jumped = this.#set && Math.hypot(toX - this.#toX, toY - this.#toY) > FLIGHT;
    this.#flightX = jumped ? this.x - toX : this.#flightX * (1 - part);
    this.#flightY = jumped ? this.y - toY : this.#flightY * (1 - part);
    this.#toX = toX;
    this.#toY = toY;
    this.x = toX + this.#flightX;
    this.y = toY + this.#flightY;
    this.#set = true;
    this.#shake *= Math.exp(-elapsed_ms / SHAKE_MS);
    this.shakeX = (Math.random() * 2 - 1) * this.#shake;
    this.shakeY = (Math.random() * 2 - 1) * this.#shake;
  }

  /** @param {number} strength in CSS pixels */
  shake(strength) {
    this.#shake = Math.min(16, Math.max(this.#shake, strength));
  }

  /** @param {number} x */
  screenX(x) {
    return this.width_px / 2 + (x - this.x) * this.scale;
  }

  /** @param {number} y */
  screenY(y) {
    return this.height_px / 2 + (y - this.y) * this.scale;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} radius in units
   * @returns {boolean} whether any of it can be seen
   */
  sees(x, y, radius) {
    return (
      Math.abs(x - this.x) < this.width_px / this.scale / 2 + radius &&
      Math.abs(y - this.y) < this.height_px / this.scale / 2 + radius
    );
  }
}

/**
 * @param {number} at
 * @param {number} view units that are seen
 * @param {number} side
 * @param {number} beyond
 */
function clampView(at, view, side, beyond) {
  const low = view / 2 - beyond;
  const high = side - low;
  return low > high ? side / 2 : Math.min(high, Math.max(low, at));
}
