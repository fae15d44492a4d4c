import { paintBullets } from "./paint_bullets.js";
import { paintFloor, paintObstacles, paintPickups } from "./paint_field.js";
import { paintFighter, paintTag } from "./paint_fighters.js";
import { bulletsOf, pickupsOf, SUB } from "./rules.js";

/**
 * @typedef {import("./camera.js").Camera} Camera
 * @typedef {import("./effects.js").Effects} Effects
 * @typedef {import("./paint_overlay.js").Overlay} Overlay
 * @typedef {import("./world.js").World} World
 * @typedef {import("./world.js").Body} Body
 * @typedef {import("./layout.js").Circle} Circle
 *
 * @typedef {object} Frame what differs from one picture to the next
 * @property {Circle[]} obstacles
 * @property {Body|undefined} own one's own fighter, or the one that is followed
 * @property {number} pointerX
 * @property {number} pointerY
 * @property {boolean} shapes
 * @property {number} now_ms 0: nothing moves by itself
 */

/** Sharper than this nobody sees, but every phone would pay for it. */
const HIGHEST_PIXEL_RATIO = 2.5;
const GROUND = "#070b10";

/** One picture: the field in units, then what keeps its size in CSS pixels. */
export class Scene {
  #context;
  #canvas;
  #camera;
  #ratio = 1;
  #resized = true;
  #observer = new ResizeObserver(() => {
    this.#resized = true;
  });

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Camera} camera
   */
  constructor(canvas, camera) {
    this.#canvas = canvas;
    this.#camera = camera;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this.#observer.observe(canvas);
  }

  dispose() {
    this.#observer.disconnect();
  }

  /** Makes the canvas as sharp and as large as it is on the screen. To be called right before painting: it clears it. */
  fit() {
    const ratio = Math.min(HIGHEST_PIXEL_RATIO, window.devicePixelRatio || 1);
    // The window may have moved to a screen of another density, of which no observer tells.
    if (!this.#resized && this.#ratio === ratio) return;
    this.#resized = false;
    this.#ratio = ratio;
    const { clientWidth, clientHeight } = this.#canvas;
    this.#canvas.width = Math.round(clientWidth * ratio);
    this.#canvas.height = Math.round(clientHeight * ratio);
    this.#camera.resize(clientWidth, clientHeight);
  }

  /**
   * @param {World} world
   * @param {Effects} effects
   * @param {Overlay} overlay
   * @param {Frame} frame
   */
  paint(world, effects, overlay, frame) {
    const context = this.#context;
    const camera = this.#camera;
    const { arena, sample } = world;
    this.#inPixels();
    context.fillStyle = GROUND;
    context.fillRect(0, 0, camera.width_px, camera.height_px);
    if (arena === null || sample === null) return;
    this.#inUnits();
    paintFloor(context, camera, arena.side);
    effects.paintBelow(context, camera);
    paintPickups(context, camera, pickupsOf(sample.to), frame.now_ms);
    paintObstacles(context, camera, frame.obstacles);
    paintBullets(context, camera, bulletsOf(sample.to), sample.tick);
    this.#paintBodies(world, frame);
    effects.paintAbove(context, camera);
    this.#inPixels();
    for (const body of world.bodies.values()) {
      if (body.alive && camera.sees(body.x, body.y, 60)) paintTag(context, camera, body, body === frame.own);
    }
    effects.paintTexts(context, camera);
    if (frame.own !== undefined) overlay.paintWounds(context, camera, frame.own);
    const leader = world.bodies.get(arena.leader);
    if (leader !== frame.own) overlay.paintLeaderArrow(context, camera, leader);
    overlay.paintHitMark(context, frame.pointerX, frame.pointerY);
  }

  /**
   * @param {World} world
   * @param {Frame} frame
   */
  #paintBodies({ bodies, arena, sample }, { own, shapes, now_ms }) {
    const look = { own: false, crowned: false, shapes, tick: sample?.tick ?? 0, now_ms };
    for (const body of bodies.values()) {
      if (body === own || !body.alive || !this.#camera.sees(body.x, body.y, 50)) continue;
      look.crowned = body.id === arena?.leader;
      paintFighter(this.#context, body, look);
    }
    if (own === undefined || !own.alive) return;
    look.own = true;
    look.crowned = own.id === arena?.leader;
    paintFighter(this.#context, own, look);
  }

  #inPixels() {
    this.#context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
  }

  #inUnits() {
    const { x, y, scale, width_px, height_px, shakeX, shakeY } = this.#camera;
    const zoom = this.#ratio * scale;
    this.#context.setTransform(
      zoom,
      0,
      0,
      zoom,
      this.#ratio * (width_px / 2 + shakeX) - x * zoom,
      this.#ratio * (height_px / 2 + shakeY) - y * zoom,
    );
  }
}

/**
 * Says on the page where one's own fighter is, so that whoever steers by the page (a test, a script) can see it:
 * `data-x`, `data-y` (sixteenths), `data-hp`, `data-tick`, and in CSS pixels of the canvas where the nearest living
 * other one is, in `data-near-x`, `data-near-y`.
 *
 * @param {HTMLElement} element
 * @param {World} world
 * @param {Camera} camera
 */
export function tellPlace(element, world, camera) {
  const { own, sample } = world;
  if (sample === null) return;
  element.dataset.tick = String(sample.to.tick);
  if (own === undefined) return;
  element.dataset.x = String(own.row.x);
  element.dataset.y = String(own.row.y);
  element.dataset.hp = String(own.row.hp);
  let nearest = Number.POSITIVE_INFINITY;
  delete element.dataset.nearX;
  delete element.dataset.nearY;
  for (const { id, row, alive } of world.bodies.values()) {
    const distance = Math.hypot(row.x - own.row.x, row.y - own.row.y);
    if (id === own.id || !alive || distance >= nearest) continue;
    nearest = distance;
    element.dataset.nearX = camera.screenX(row.x / SUB).toFixed(0);
    element.dataset.nearY = camera.screenY(row.y / SUB).toFixed(0);
  }
}
