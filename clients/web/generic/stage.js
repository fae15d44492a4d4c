import { PlaceBlend, rowsOf } from "../sdk/index.js";
import { el } from "../ui/dom.js";
import { Camera } from "./camera.js";
import { drawBackdrop, drawEntity } from "./draw.js";
import { entitiesOf } from "./entities.js";
import { hasPosition, WorldBounds } from "./world_bounds.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("../sdk/state.js").State} State
 */

/** Sharper than this nobody sees, but every phone would pay for it. */
const HIGHEST_PIXEL_RATIO = 3;

/** The canvas on which everything with a place is drawn. */
export class Stage {
  #room;
  #canvas = el("canvas", { tabIndex: 0, "data-testid": "canvas", "aria-label": "The game" });
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
  #camera = new Camera();
  /** @type {WorldBounds} Set by `#start`. */
  #bounds;
  #places = new PlaceBlend(0);
  #held;
  #onFrame;
  #frame = 0;
  #painted_ms = 0;
  #resize = new ResizeObserver(() => this.#fit());
  #calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  #stops;

  /**
   * @param {Room} room
   * @param {() => Record<string, unknown>|undefined} held of the predicted input
   * @param {(now_ms: number) => void} onFrame called after each picture
   */
  constructor(room, held, onFrame) {
    this.#room = room;
    this.#held = held;
    this.#onFrame = onFrame;
    this.element = el("div", { className: "stage" }, this.#canvas);
    this.#bounds = new WorldBounds(room.schema);
    if (room.state.tick >= 0) this.#include(room.state);
    this.#stops = [
      room.on("joined", () => this.#start()),
      room.on("snapshot", (state) => this.#include(state)),
    ];
    this.#resize.observe(this.element);
    this.#frame = requestAnimationFrame((now_ms) => this.#draw(now_ms));
  }

  focus() {
    this.#canvas.focus({ preventScroll: true });
  }

  /** Draws no more; the last picture stays. */
  stop() {
    cancelAnimationFrame(this.#frame);
    this.#resize.disconnect();
    for (const stop of this.#stops) stop();
  }

  /** Another seat, perhaps in another room: nothing seen so far counts. */
  #start() {
    this.#bounds = new WorldBounds(this.#room.schema);
    this.#places.clear();
    this.#camera.jump();
  }

  /** @param {State} state */
  #include(state) {
    for (const [name, table] of Object.entries(this.#room.schema)) {
      if (!hasPosition(table)) continue;
      for (const row of rowsOf(state, name).values()) this.#bounds.include(Number(row.x), Number(row.y));
    }
  }

  #fit() {
    const { clientWidth, clientHeight } = this.element;
    const ratio = Math.min(HIGHEST_PIXEL_RATIO, window.devicePixelRatio || 1);
    this.#canvas.width = Math.round(clientWidth * ratio);
    this.#canvas.height = Math.round(clientHeight * ratio);
    this.#camera.resize(clientWidth, clientHeight, ratio);
    // Setting a canvas's size clears it: draw before the eye can see that.
    this.#paint(performance.now());
  }

  /** @param {number} now_ms */
  #draw(now_ms) {
    this.#frame = requestAnimationFrame((next_ms) => this.#draw(next_ms));
    // The window may have moved to a screen of another density, of which no observer tells.
    if (Math.min(HIGHEST_PIXEL_RATIO, window.devicePixelRatio || 1) !== this.#camera.ratio) this.#fit();
    else this.#paint(now_ms);
  }

  /** @param {number} now_ms */
  #paint(now_ms) {
    const calm = this.#calm.matches;
    const rect = this.#bounds.rect();
    this.#camera.follow(rect, now_ms, calm);
    drawBackdrop(this.#context, this.#camera, rect);
    const frame = this.#room.frame(now_ms, this.#held());
    if (frame === null) return;
    this.#places.begin(frame.jumped, now_ms - this.#painted_ms);
    this.#painted_ms = now_ms;
    const pulse = calm ? 1 : 0.5 + 0.5 * Math.sin(now_ms / 180);
    for (const entity of entitiesOf(this.#room, frame, rect, this.#places))
      drawEntity(this.#context, this.#camera, entity, pulse);
    this.#onFrame(now_ms);
  }
}
