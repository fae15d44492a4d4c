import { paintCrown } from "./paint_fighters.js";

/**
 * @typedef {import("./camera.js").Camera} Camera
 * @typedef {import("./world.js").Body} Body
 */

const HIT_MS = 170;
const HURT_MS = 900;
/** From the screen's edges: below and above there are panels. */
const EDGE_X_PX = 46;
const EDGE_Y_PX = 140;

/** What is painted over the field, in CSS pixels: marks of hits and of being hit, and the way to the leader. */
export class Overlay {
  /** @type {{ angle: number, age_ms: number }[]} Where damage came from, lately. */
  #wounds = [];
  #hit_ms = HIT_MS;
  #fatal = false;

  /** @param {boolean} fatal */
  markHit(fatal) {
    this.#hit_ms = 0;
    this.#fatal = fatal;
  }

  /** @param {number} angle where it came from, in radians */
  wound(angle) {
    this.#wounds.push({ angle, age_ms: 0 });
    if (this.#wounds.length > 6) this.#wounds.shift();
  }

  clear() {
    this.#wounds = [];
    this.#hit_ms = HIT_MS;
  }

  /** @param {number} elapsed_ms */
  advance(elapsed_ms) {
    this.#hit_ms += elapsed_ms;
    for (const wound of this.#wounds) wound.age_ms += elapsed_ms;
    if ((this.#wounds[0]?.age_ms ?? 0) > HURT_MS) this.#wounds.shift();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} x where the aim points
   * @param {number} y
   */
  paintHitMark(context, x, y) {
    if (this.#hit_ms >= HIT_MS) return;
    const left = 1 - this.#hit_ms / HIT_MS;
    const near = 7 + 5 * (1 - left);
    const far = near + (this.#fatal ? 12 : 8);
    context.globalAlpha = left;
    context.strokeStyle = this.#fatal ? "#ff6b6b" : "#ffffff";
    context.lineWidth = this.#fatal ? 3.5 : 2.5;
    context.lineCap = "round";
    context.beginPath();
    for (const [sx, sy] of CORNERS) {
      context.moveTo(x + sx * near, y + sy * near);
      context.lineTo(x + sx * far, y + sy * far);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Camera} camera
   * @param {Body} own
   */
  paintWounds(context, camera, own) {
    const latest = this.#wounds.at(-1);
    if (latest === undefined) return;
    const fresh = 1 - latest.age_ms / HURT_MS;
    const { width_px, height_px } = camera;
    const reach = Math.hypot(width_px, height_px) / 2;
    const red = context.createRadialGradient(
      width_px / 2,
      height_px / 2,
      reach * 0.55,
      width_px / 2,
      height_px / 2,
      reach,
    );
    red.addColorStop(0, "rgb(255 60 70 / 0)");
    red.addColorStop(1, `rgb(255 60 70 / ${0.32 * Math.max(0, fresh)})`);
    context.fillStyle = red;
    context.fillRect(0, 0, width_px, height_px);
    context.strokeStyle = "#ff5a66";
    context.lineWidth = 6;
    context.lineCap = "round";
    for (const { angle, age_ms } of this.#wounds) {
      context.globalAlpha = Math.max(0, 1 - age_ms / HURT_MS);
      context.beginPath();
      context.arc(camera.screenX(own.x), camera.screenY(own.y), 78, angle - 0.38, angle + 0.38);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Camera} camera
   * @param {Body|undefined} leader
   */
  paintLeaderArrow(context, camera, leader) {
    if (leader === undefined || !leader.alive || camera.sees(leader.x, leader.y, 10)) return;
    const { width_px, height_px } = camera;
    const dx = camera.screenX(leader.x) - width_px / 2;
    const dy = camera.screenY(leader.y) - height_px / 2;
    const insideX = Math.max(20, width_px / 2 - EDGE_X_PX);
    const insideY = Math.max(20, height_px / 2 - Math.min(EDGE_Y_PX, height_px / 4));
    const fit = Math.min(insideX / Math.abs(dx), insideY / Math.abs(dy));
    const x = width_px / 2 + dx * fit;
    const y = height_px / 2 + dy * fit;
    context.save();
    context.translate(x, y);
    paintCrown(context, 0, 0);
    context.rotate(Math.atan2(dy, dx));
    context.fillStyle = "#ffd166";
    context.beginPath();
    context.moveTo(28, 0);
    context.lineTo(17, -7);
    context.lineTo(17, 7);
    context.fill();
    context.restore();
  }
}

/** @type {readonly [number, number][]} */
const CORNERS = [
  [-0.7, -0.7],
  [0.7, -0.7],
  [-0.7, 0.7],
  [0.7, 0.7],
];
