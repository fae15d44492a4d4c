import { drawGlow } from "./glow.js";
import { BULLET_RADIUS, SUB, weaponOf } from "./rules.js";

/**
 * @typedef {import("./camera.js").Camera} Camera
 * @typedef {import("./rules.js").BulletRow} BulletRow
 * @typedef {import("./own_shots.js").Flight} Flight
 * @typedef {import("./own_shots.js").OwnShots} OwnShots
 */

/** Ticks of flight that a trail covers. */
const TRAIL_TICKS = 2.4;
/** Trails of a weapon are stroked together: a change of colour costs more than a line. */
const KINDS = [0, 1, 2];
const WIDTHS = [5, 4, 6];

/**
 * Straight lines, so their places follow from tick and birth alone.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Camera} camera
 * @param {ReadonlyMap<number, BulletRow>} bullets
 * @param {number} tick
 * @param {OwnShots} shots one's own, which are at ticks of their own
 */
export function paintBullets(context, camera, bullets, tick, { known, flights }) {
  if (bullets.size === 0 && flights.length === 0) return;
  context.globalCompositeOperation = "lighter";
  context.lineCap = "round";
  for (const kind of KINDS) {
    context.beginPath();
    for (const [id, bullet] of bullets) {
      if (bullet.weapon === kind && !known.has(id)) trail(context, camera, bullet, tick);
    }
    for (const flight of flights) if (flight.weapon === kind) trail(context, camera, flight, flight.tick);
    context.strokeStyle = weaponOf(kind).colour;
    context.lineWidth = WIDTHS[kind] ?? 5;
    context.globalAlpha = 0.4;
    context.stroke();
  }
  context.globalAlpha = 1;
  for (const [id, bullet] of bullets) if (!known.has(id)) head(context, camera, bullet, tick);
  for (const flight of flights) head(context, camera, flight, flight.tick);
  context.globalCompositeOperation = "source-over";
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Camera} camera
 * @param {Flight|BulletRow} bullet
 * @param {number} tick
 */
function trail(context, camera, { x, y, vx, vy, born, weapon }, tick) {
  const age = tick - born;
  if (age < 0) return;
  const [headX, headY] = [(x + vx * age) / SUB, (y + vy * age) / SUB];
  if (!camera.sees(headX, headY, 90)) return;
  const tail = Math.max(0, age - (weapon === 2 ? TRAIL_TICKS * 1.6 : TRAIL_TICKS));
  context.moveTo((x + vx * tail) / SUB, (y + vy * tail) / SUB);
  context.lineTo(headX, headY);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Camera} camera
 * @param {Flight|BulletRow} bullet
 * @param {number} tick
 */
function head(context, camera, { x, y, vx, vy, born, weapon }, tick) {
  const age = tick - born;
  if (age < 0) return;
  const headX = (x + vx * age) / SUB;
  const headY = (y + vy * age) / SUB;
  if (!camera.sees(headX, headY, 30)) return;
  drawGlow(context, weaponOf(weapon).colour, headX, headY, BULLET_RADIUS * (weapon === 1 ? 2.4 : 3.2));
}
