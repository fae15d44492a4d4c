/** What is left of an error after one frame of 60 Hz: a large one goes quickly, a small one so that nobody sees it. */
const LARGE_KEPT = 0.85;
const SMALL_KEPT = 0.95;
const FRAME_MS = 16.7;
/** Less than this, in units of the rows, is nothing. */
const NOTHING = 0.01;

/**
 * The visual error: how far from its true place something is drawn, so that a correction doesn't show as a jump. It
 * decays by itself.
 */
export class ErrorBlend {
  x = 0;
  y = 0;

  /**
   * @param {number} dx from the new true place to where it was drawn
   * @param {number} dy
   */
  add(dx, dy) {
    this.x += dx;
    this.y += dy;
  }

  /**
   * @param {number} elapsed_ms
   * @param {number} large from which size on an error is large
   */
  advance(elapsed_ms, large) {
    const size = Math.hypot(this.x, this.y);
    if (size < NOTHING) {
      this.clear();
      return;
    }
    const kept = (size > large ? LARGE_KEPT : SMALL_KEPT) ** (elapsed_ms / FRAME_MS);
    this.x *= kept;
    this.y *= kept;
  }

  clear() {
    this.x = 0;
    this.y = 0;
  }
}
