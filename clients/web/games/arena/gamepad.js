/**
 * @typedef {{ used: boolean, dx: number, dy: number, angle: number|null, fire: boolean, dash: boolean }} PadState
 */

const DEAD_ZONE = 0.35;
/** sin(22.5°): beyond it from an axis, a direction counts as diagonal. */
export const DIAGONAL = 0.383;
/** Buttons of the standard layout: shoulders and triggers on the right fire; A and those on the left dash. */
const FIRE = [5, 7];
const DASH = [0, 4, 6];

/**
 * A stick's direction as one of eight.
 *
 * @param {number} part of the vector along this axis
 * @param {number} length of the vector
 * @param {number} deadZone
 * @returns {number} -1, 0 or 1
 */
export function eighth(part, length, deadZone) {
  return length > deadZone && Math.abs(part) > DIAGONAL * length ? Math.sign(part) : 0;
}

/** The first gamepad there is, read when asked. */
export class GamepadReader {
  /** @returns {PadState|null} null: there is none */
  read() {
    const pad = navigator.getGamepads?.().find((each) => each !== null);
    if (pad === null || pad === undefined) return null;
    const [x = 0, y = 0, aimX = 0, aimY = 0] = pad.axes;
    const length = Math.hypot(x, y);
    const aimed = Math.hypot(aimX, aimY) > DEAD_ZONE;
    const fire = FIRE.some((button) => pad.buttons[button]?.pressed);
    const dash = DASH.some((button) => pad.buttons[button]?.pressed);
    return {
      used: aimed || length > DEAD_ZONE || fire || dash,
      dx: eighth(x, length, DEAD_ZONE),
      dy: eighth(y, length, DEAD_ZONE),
      angle: aimed ? Math.atan2(aimY, aimX) : null,
      fire,
      dash,
    };
  }
}
