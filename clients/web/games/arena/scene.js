import { paintBullets } from "./paint_bullets.js";
import { paintFloor, paintObstacles, paintPickups } from "./paint_field.js";
import { paintFighter, paintGhost, paintTag } from "./paint_fighters.js";
import { bulletsOf, pickupsOf, SUB } from "./rules.js";

/**
 * @typedef {import("./camera.js").Camera} Camera
 * @typedef {import("./effects.js").Effects} Effects
 * @typedef {import("./paint_overlay.js").Overlay} Overlay
 * @typedef {import("./world.js").World} World
 * @typedef {import("./world.js").Body} Body
 *
 * @typedef {object} Frame what differs from one picture to the next
 * @property {Body|undefined} own one's own fighter, or the one that is followed
 * @property {boolean} shapes
 * @property {number} now_ms 0: nothing moves by itself
 *
 * @typedef {object} Marks
 * @property {Body|undefined} own
 * @property {number} pointerX
 * @property {number} pointerY
 */

/** Sharper than this nobody sees, but every phone would pay for it. */
const HIGHEST_PIXEL_RATIO = 2.5;
const GROUND = "#070b10";

/** One picture: the field in units, and over it marks that keep their size in CSS pixels. */
export class Scene {
  #context;
  #canvas;
  #camera;
  #highest;
  #ratio = 1;
  #resized = true;
  #observer = new ResizeObserver(() => {
    this.#resized = true;
  });

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Camera} camera
   * @param {number} [highestPixelRatio]
   */
  constructor(canvas, camera, highestPixelRatio = HIGHEST_PIXEL_RATIO) {
    this.#canvas = canvas;
    this.#camera = camera;
    this.#highest = highestPixelRatio;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this.#observer.observe(canvas);
  }

  dispose() {
    this.#observer.disconnect();
  }

  /** Makes the canvas as sharp and as large as it is on the screen. To be called right before painting: it clears it. */
  fit() {
    const ratio = Math.min(this.#highest, window.devicePixelRatio || 1);
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
   * @param {Frame} frame
   */
  paint(world, effects, frame) {
    const context = this.#context;
    const camera = this.#camera;
    const { arena, frame: moment } = world;
    this.#inPixels();
    context.fillStyle = GROUND;
    context.fillRect(0, 0, camera.width_px, camera.height_px);
    if (arena === null || moment === null) return;
    this.#inUnits();
    paintFloor(context, camera, arena.side);
    effects.paintBelow(context, camera);
    paintPickups(context, camera, pickupsOf(moment.to), frame.now_ms);
    paintObstacles(context, camera, world.obstacles);
    paintBullets(context, camera, bulletsOf(moment.to), moment.tick, world.shots);
    if (moment.ghost !== null)
      paintGhost(context, Number(moment.ghost.x) / SUB, Number(moment.ghost.y) / SUB);
    this.#paintBodies(world, frame);
    effects.paintAbove(context, camera);
  }

  /**
   * Over the field, what is there to be read.
   *
   * @param {World} world
   * @param {Effects} effects
   * @param {Overlay} overlay
   * @param {Marks} marks
   */
  paintMarks({ arena, bodies }, effects, overlay, { own, pointerX, pointerY }) {
    if (arena === null) return;
    const context = this.#context;
    const camera = this.#camera;
    this.#inPixels();
    for (const body of bodies.values()) {
      if (body.alive && camera.sees(body.x, body.y, 60)) paintTag(context, camera, body, body === own);
    }
    effects.paintTexts(context, camera);
    if (own !== undefined) overlay.paintWounds(context, camera, own);
    const leader = bodies.get(arena.leader);
    if (leader !== own) overlay.paintLeaderArrow(context, camera, leader);
    overlay.paintHitMark(context, pointerX, pointerY);
  }

  /**
   * @param {World} world
   * @param {Frame} frame
   */
  #paintBodies({ bodies, arena }, { own, shapes, now_ms }) {
    const look = { own: false, crowned: false, shapes, now_ms };
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
  const { own, frame } = world;
  if (frame === null) return;
  element.dataset.tick = String(frame.to.tick);
  if (own === undefined) return;
  element.dataset.x = own.row.x.toFixed(0);
  element.dataset.y = own.row.y.toFixed(0);
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
