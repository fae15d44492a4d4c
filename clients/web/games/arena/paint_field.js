import { drawGlow } from "./glow.js";
import { PICKUPS, SUB } from "./rules.js";

/**
 * @typedef {import("./camera.js").Camera} Camera
 * @typedef {import("./layout.js").Circle} Circle
 * @typedef {import("./rules.js").PickupRow} PickupRow
 */

const TILE = 70;
const TAU = Math.PI * 2;
/** How much nearer to the eye the top of a pillar is than the floor. */
const HEIGHT = 0.065;
/** @type {readonly [number, number][]} */
const PELLETS = [
  [-6, 0],
  [4, -6],
  [6, 1],
  [2, 7],
];

/**
 * The floor within its walls. The context is set to units of the field.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Camera} camera
 * @param {number} side
 */
export function paintFloor(context, camera, side) {
  const reachX = camera.width_px / camera.scale / 2 + 20;
  const reachY = camera.height_px / camera.scale / 2 + 20;
  const left = Math.max(0, camera.x - reachX);
  const right = Math.min(side, camera.x + reachX);
  const top = Math.max(0, camera.y - reachY);
  const bottom = Math.min(side, camera.y + reachY);
  context.fillStyle = "#0e1520";
  context.fillRect(left, top, right - left, bottom - top);
  paintTiles(context, left, top, right, bottom);
  paintLines(context, left, top, right, bottom);
  context.strokeStyle = "rgb(94 242 184 / 0.16)";
  context.lineWidth = 14;
  context.strokeRect(-7, -7, side + 14, side + 14);
  context.strokeStyle = "#5ef2b8";
  context.lineWidth = 3;
  context.strokeRect(-1.5, -1.5, side + 3, side + 3);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} left
 * @param {number} top
 * @param {number} right
 * @param {number} bottom
 */
function paintTiles(context, left, top, right, bottom) {
  context.fillStyle = "#111a27";
  context.beginPath();
  for (let x = Math.floor(left / TILE); x * TILE < right; x++) {
    for (let y = Math.floor(top / TILE); y * TILE < bottom; y++) {
      if (((x * 7 + y * 13) ^ (x * y)) % 5 !== 0) continue;
      const [l, t] = [Math.max(left, x * TILE), Math.max(top, y * TILE)];
      context.rect(l, t, Math.min(right, (x + 1) * TILE) - l, Math.min(bottom, (y + 1) * TILE) - t);
    }
  }
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} left
 * @param {number} top
 * @param {number} right
 * @param {number} bottom
 */
function paintLines(context, left, top, right, bottom) {
  context.beginPath();
  for (let x = Math.ceil(left / TILE) * TILE; x <= right; x += TILE) {
    context.moveTo(x, top);
    context.lineTo(x, bottom);
  }
  for (let y = Math.ceil(top / TILE) * TILE; y <= bottom; y += TILE) {
    context.moveTo(left, y);
    context.lineTo(right, y);
  }
  context.strokeStyle = "rgb(126 160 200 / 0.09)";
  context.lineWidth = 1;
  context.stroke();
}

/**
 * Pillars: their tops lean away from the middle of the picture, as seen from above.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Camera} camera
 * @param {Circle[]} obstacles
 */
export function paintObstacles(context, camera, obstacles) {
  for (const { x, y, radius } of obstacles) {
    if (!camera.sees(x, y, radius + 40)) continue;
    const topX = x + (x - camera.x) * HEIGHT;
    const topY = y + (y - camera.y) * HEIGHT;
    const topRadius = radius * (1 + HEIGHT);
    context.fillStyle = "rgb(0 0 0 / 0.34)";
    disc(context, x + 5, y + 9, radius + 4);
    context.fillStyle = "#141f2e";
    pillar(context, x, y, radius, topX, topY, topRadius);
    context.fillStyle = "#203047";
    disc(context, topX, topY, topRadius);
    context.fillStyle = "#293c57";
    disc(context, topX - radius * 0.08, topY - radius * 0.1, topRadius * 0.8);
    context.strokeStyle = "#4f78a8";
    context.lineWidth = 2;
    ring(context, topX, topY, topRadius - 1);
    context.strokeStyle = "rgb(124 232 255 / 0.3)";
    context.lineWidth = 1.5;
    ring(context, topX, topY, topRadius * 0.5);
  }
}

/**
 * Both circles and what lies between: the pillar's side.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {number} topX
 * @param {number} topY
 * @param {number} topRadius
 */
function pillar(context, x, y, radius, topX, topY, topRadius) {
  const angle = Math.atan2(topY - y, topX - x);
  context.beginPath();
  context.arc(x, y, radius, angle + Math.PI / 2, angle + Math.PI * 1.5);
  context.arc(topX, topY, topRadius, angle - Math.PI / 2, angle + Math.PI / 2);
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Camera} camera
 * @param {ReadonlyMap<number, PickupRow>} pickups
 * @param {number} now_ms 0: nothing moves by itself
 */
export function paintPickups(context, camera, pickups, now_ms) {
  for (const [id, pickup] of pickups) {
    const x = pickup.x / SUB;
    const y = pickup.y / SUB;
    if (!camera.sees(x, y, 50)) continue;
    const { colour } = PICKUPS[pickup.kind] ?? PICKUPS[0] ?? { colour: "#fff" };
    const size = pickup.kind === 4 ? 0.7 : 1;
    const swing = now_ms === 0 ? 0 : Math.sin(now_ms / 420 + id);
    context.globalAlpha = 0.3 + 0.08 * swing;
    drawGlow(context, colour, x, y, 44 * size);
    context.globalAlpha = 1;
    context.save();
    context.translate(x, y + swing * 2);
    context.scale(size, size);
    paintIcon(context, pickup.kind, colour);
    context.restore();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} kind
 * @param {string} colour
 */
function paintIcon(context, kind, colour) {
  context.fillStyle = "#0b121b";
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.roundRect(-14, -14, 28, 28, 8);
  context.fill();
  context.stroke();
  context.fillStyle = colour;
  context.beginPath();
  switch (kind) {
    case 1: // a shield
      context.moveTo(0, -9);
      context.lineTo(8, -6);
      context.quadraticCurveTo(8, 5, 0, 9);
      context.quadraticCurveTo(-8, 5, -8, -6);
      context.closePath();
      break;
    case 2: // pellets, spreading
      for (const [x, y] of PELLETS) {
        context.moveTo(x + 3, y);
        context.arc(x, y, 3, 0, TAU);
      }
      break;
    case 3: // a bolt
      context.moveTo(3, -10);
      context.lineTo(-7, 2);
      context.lineTo(-1, 2);
      context.lineTo(-3, 10);
      context.lineTo(7, -2);
      context.lineTo(1, -2);
      context.closePath();
      break;
    default: // a cross
      context.rect(-3, -9, 6, 18);
      context.rect(-9, -3, 18, 6);
  }
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function disc(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, TAU);
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function ring(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, TAU);
  context.stroke();
}
