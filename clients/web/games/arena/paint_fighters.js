import { drawGlow } from "./glow.js";
import { disc, ring } from "./paint_field.js";
import { DASH_COOLDOWN_TICKS, FIGHTER_RADIUS, MAX_HP, MAX_SHIELD, weaponOf } from "./rules.js";

/**
 * @typedef {import("./camera.js").Camera} Camera
 * @typedef {import("./world.js").Body} Body
 */

const TAU = Math.PI * 2;
const R = FIGHTER_RADIUS;
/** Corners of the sign on a body, by player: what tells players apart besides colours. 0 is a disc. */
const SIGNS = [3, 4, 0, 5, 6, -5];
const BAR = 40;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Body} body
 * @param {object} look
 * @param {boolean} look.own
 * @param {boolean} look.crowned
 * @param {boolean} look.shapes
 * @param {number} look.now_ms 0: nothing moves by itself
 */
export function paintFighter(context, body, { own, crowned, shapes, now_ms }) {
  const { x, y, row, colour, tick } = body;
  context.globalAlpha = body.away ? 0.4 : 1;
  context.fillStyle = "rgb(0 0 0 / 0.4)";
  disc(context, x + 3, y + 6, R + 1);
  if (own) paintDashRing(context, x, y, row.dash_at - tick);
  paintGun(context, body);
  const push = body.recoil * -2.5;
  const cx = x + Math.cos(body.aim) * push;
  const cy = y + Math.sin(body.aim) * push;
  context.fillStyle = "#0d141d";
  disc(context, cx, cy, R);
  context.fillStyle = colour;
  disc(context, cx, cy, R - 3);
  context.fillStyle = "rgb(8 13 20 / 0.55)";
  disc(context, cx, cy, R - 6);
  context.fillStyle = colour;
  if (shapes) paintSign(context, cx, cy, SIGNS[body.id % SIGNS.length] ?? 0);
  else disc(context, cx, cy, 4);
  context.strokeStyle = own ? "#ffffff" : colour;
  context.lineWidth = own ? 2.5 : 2;
  ring(context, cx, cy, R - 1);
  if (row.shield > 0) paintShield(context, cx, cy, row.shield);
  if (row.safe_until > tick) paintSpawnShield(context, cx, cy, now_ms);
  if (body.flash > 0) {
    context.globalAlpha = Math.min(1, body.flash);
    context.fillStyle = "#fff";
    disc(context, cx, cy, R);
  }
  context.globalAlpha = 1;
  if (crowned) paintCrown(context, x, y - R - 25);
}

/**
 * Where the server last said that one was.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 */
export function paintGhost(context, x, y) {
  context.strokeStyle = "rgb(255 255 255 / 0.45)";
  context.fillStyle = "rgb(255 255 255 / 0.08)";
  context.lineWidth = 1.5;
  disc(context, x, y, R);
  ring(context, x, y, R - 1);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Body} body
 */
function paintGun(context, body) {
  const { row } = body;
  context.save();
  context.translate(body.x, body.y);
  context.rotate(body.aim);
  context.translate(-body.recoil * weaponOf(row.weapon).kick, 0);
  context.fillStyle = "#cfdbe8";
  context.strokeStyle = "#0b1119";
  context.lineWidth = 2;
  context.beginPath();
  if (row.weapon === 1) context.roundRect(8, -7, 17, 14, 3);
  else if (row.weapon === 2) context.roundRect(8, -3.5, 29, 7, 2);
  else context.roundRect(8, -4.5, 20, 9, 3);
  context.stroke();
  context.fill();
  context.fillStyle = weaponOf(row.weapon).colour;
  if (row.weapon === 2) context.fillRect(14, -1.2, 20, 2.4);
  else context.fillRect(20, row.weapon === 1 ? -5 : -2.5, 4, row.weapon === 1 ? 10 : 5);
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} corners
 */
function paintSign(context, x, y, corners) {
  if (corners === 0) return disc(context, x, y, 4.5);
  const count = Math.abs(corners) * (corners < 0 ? 2 : 1);
  context.beginPath();
  for (let i = 0; i < count; i++) {
    const angle = (i / count) * TAU - Math.PI / 2;
    const radius = corners < 0 && i % 2 === 1 ? 3 : 6.8;
    context.lineTo(x + Math.cos(angle) * radius, y + Math.sin(angle) * radius);
  }
  context.closePath();
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} wait_ticks
 */
function paintDashRing(context, x, y, wait_ticks) {
  const ready = Math.min(1, Math.max(0, 1 - wait_ticks / DASH_COOLDOWN_TICKS));
  context.lineWidth = 3;
  context.strokeStyle = "rgb(255 255 255 / 0.12)";
  ring(context, x, y, R + 8);
  context.strokeStyle = ready === 1 ? "rgb(94 242 184 / 0.75)" : "rgb(255 255 255 / 0.5)";
  context.beginPath();
  context.arc(x, y, R + 8, -TAU / 4, -TAU / 4 + TAU * ready);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} shield
 */
function paintShield(context, x, y, shield) {
  context.strokeStyle = "rgb(111 182 255 / 0.9)";
  context.lineWidth = 3;
  context.beginPath();
  const half = (shield / MAX_SHIELD) * Math.PI;
  context.arc(x, y, R + 3.5, Math.PI / 2 - half, Math.PI / 2 + half);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} now_ms
 */
function paintSpawnShield(context, x, y, now_ms) {
  const swing = now_ms === 0 ? 0 : Math.sin(now_ms / 110);
  context.globalAlpha = 0.35;
  drawGlow(context, "#bfeaff", x, y, R * 2.5);
  context.globalAlpha = 0.75 + 0.2 * swing;
  context.strokeStyle = "#d6f3ff";
  context.lineWidth = 2;
  ring(context, x, y, R + 7 + swing);
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 */
export function paintCrown(context, x, y) {
  context.fillStyle = "#ffd166";
  context.strokeStyle = "#3a2a05";
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x - 10, y + 6);
  context.lineTo(x - 11, y - 5);
  context.lineTo(x - 5, y);
  context.lineTo(x, y - 8);
  context.lineTo(x + 5, y);
  context.lineTo(x + 11, y - 5);
  context.lineTo(x + 10, y + 6);
  context.closePath();
  context.stroke();
  context.fill();
}

/**
 * Name and health, on top of all bodies. The context is in CSS pixels, so that text keeps its size.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Camera} camera
 * @param {Body} body
 * @param {boolean} own
 */
export function paintTag(context, camera, body, own) {
  const x = camera.screenX(body.x);
  const y = camera.screenY(body.y) + (R + 13) * camera.scale;
  context.globalAlpha = body.away ? 0.45 : 1;
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "top";
  const name = body.away ? `${body.name} (away)` : body.name;
  context.lineWidth = 3;
  context.strokeStyle = "rgb(6 10 15 / 0.75)";
  context.strokeText(name, x, y + 8);
  context.fillStyle = own ? "#ffffff" : "#d7e2ee";
  context.fillText(name, x, y + 8);
  context.fillStyle = "rgb(4 7 11 / 0.8)";
  context.fillRect(x - BAR / 2 - 1, y - 1, BAR + 2, 6);
  const part = body.row.hp / MAX_HP;
  context.fillStyle = part > 0.6 ? "#6df29a" : part > 0.3 ? "#ffd166" : "#ff6b6b";
  context.fillRect(x - BAR / 2, y, BAR * part, 4);
  context.globalAlpha = 1;
}
