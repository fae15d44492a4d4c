import { el } from "../../ui/dom.js";
import { PICKUPS, pickupsOf, SUB } from "./rules.js";

/**
 * @typedef {import("./camera.js").Camera} Camera
 * @typedef {import("./layout.js").Circle} Circle
 * @typedef {import("./world.js").World} World
 */

const SIZE_PX = 148;
const INTERVAL_MS = 66;
const TAU = Math.PI * 2;

/** The whole field, small. */
export class Minimap {
  element = el("canvas", { className: "arena-minimap", "aria-label": "Map of the field" });
  #context = /** @type {CanvasRenderingContext2D} */ (this.element.getContext("2d"));
  #painted_ms = 0;

  constructor() {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    this.element.width = SIZE_PX * ratio;
    this.element.height = SIZE_PX * ratio;
    this.#context.scale(ratio, ratio);
  }

  /**
   * @param {World} world
   * @param {Camera} camera
   * @param {Circle[]} obstacles
   * @param {number|null} own whom the camera follows
   * @param {number} now_ms
   */
  paint(world, camera, obstacles, own, now_ms) {
    const { arena, frame } = world;
    if (arena === null || frame === null || now_ms - this.#painted_ms < INTERVAL_MS) return;
    this.#painted_ms = now_ms;
    const context = this.#context;
    const scale = SIZE_PX / arena.side;
    context.clearRect(0, 0, SIZE_PX, SIZE_PX);
    context.fillStyle = "#3a5070";
    for (const { x, y, radius } of obstacles) dot(context, x * scale, y * scale, radius * scale);
    for (const { x, y, kind } of pickupsOf(frame.to).values()) {
      context.fillStyle = PICKUPS[kind]?.colour ?? "#fff";
      context.fillRect((x / SUB) * scale - 1, (y / SUB) * scale - 1, 2, 2);
    }
    for (const body of world.bodies.values()) {
      if (!body.alive) continue;
      const mine = body.id === own;
      context.fillStyle = body.id === arena.leader ? "#ffd166" : mine ? "#ffffff" : "#ff7a7a";
      dot(context, body.x * scale, body.y * scale, mine || body.id === arena.leader ? 3.5 : 2.5);
    }
    const [w, h] = [camera.width_px / camera.scale, camera.height_px / camera.scale];
    context.strokeStyle = "rgb(255 255 255 / 0.35)";
    context.lineWidth = 1;
    context.strokeRect((camera.x - w / 2) * scale, (camera.y - h / 2) * scale, w * scale, h * scale);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
function dot(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, TAU);
  context.fill();
}
