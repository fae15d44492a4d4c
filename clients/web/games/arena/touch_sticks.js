import { el } from "../../ui/dom.js";
import { eighth } from "./gamepad.js";

const RADIUS_PX = 56;
const DEAD_ZONE = 0.28;

/**
 * @typedef {{ pointer: number, element: HTMLElement, knob: HTMLElement, x: number, y: number, dx: number, dy: number }} Stick
 */

/** Two sticks that appear where thumbs land: the left one moves, the right one aims and fires. And a button to dash. */
export class TouchSticks {
  element;
  dx = 0;
  dy = 0;
  /** @type {number|null} In radians; null: not aimed. */
  angle = null;
  fire = false;
  dash = false;
  #canvas;
  #onChange;
  #move = makeStick("move");
  #aim = makeStick("aim");
  #listening = new AbortController();

  /**
   * @param {HTMLElement} canvas
   * @param {() => void} onChange
   */
  constructor(canvas, onChange) {
    this.#canvas = canvas;
    this.#onChange = onChange;
    const button = el("button", { type: "button", className: "arena-dash", tabIndex: -1 }, "Dash");
    const press = (/** @type {PointerEvent} */ event) => {
      event.preventDefault();
      this.dash = true;
      onChange();
    };
    const lift = () => {
      this.dash = false;
      onChange();
    };
    this.element = el("div", { className: "arena-touch" }, this.#move.element, this.#aim.element, button);
    const { signal } = this.#listening;
    button.addEventListener("pointerdown", press, { signal });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
      button.addEventListener(end, lift, { signal });
    }
    canvas.addEventListener("pointerdown", this.#down, { signal });
    window.addEventListener("pointermove", this.#moved, { signal });
    window.addEventListener("pointerup", this.#up, { signal });
    window.addEventListener("pointercancel", this.#up, { signal });
  }

  dispose() {
    this.#listening.abort();
  }

  release() {
    this.#drop(this.#move);
    this.#drop(this.#aim);
    this.dash = false;
    this.#read();
  }

  /** @param {PointerEvent} event */
  #down = (event) => {
    if (event.pointerType !== "touch") return;
    event.preventDefault();
    document.body.classList.add("touch");
    const { left, top, width } = this.#canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const stick = x < width / 2 ? this.#move : this.#aim;
    if (stick.pointer !== -1) return;
    Object.assign(stick, { pointer: event.pointerId, x: event.clientX, y: event.clientY, dx: 0, dy: 0 });
    stick.element.style.left = `${x}px`;
    stick.element.style.top = `${y}px`;
    stick.element.classList.add("held");
    this.#changed();
  };

  /** @param {PointerEvent} event */
  #moved = (event) => {
    const stick = this.#stickOf(event.pointerId);
    if (stick === null) return;
    const dx = (event.clientX - stick.x) / RADIUS_PX;
    const dy = (event.clientY - stick.y) / RADIUS_PX;
    const reach = Math.max(1, Math.hypot(dx, dy));
    stick.dx = dx / reach;
    stick.dy = dy / reach;
    stick.knob.style.translate = `${stick.dx * RADIUS_PX}px ${stick.dy * RADIUS_PX}px`;
    this.#changed();
  };

  /** @param {PointerEvent} event */
  #up = (event) => {
    const stick = this.#stickOf(event.pointerId);
    if (stick === null) return;
    this.#drop(stick);
    this.#changed();
  };

  /** @param {number} pointer */
  #stickOf(pointer) {
    return this.#move.pointer === pointer ? this.#move : this.#aim.pointer === pointer ? this.#aim : null;
  }

  /** @param {Stick} stick */
  #drop(stick) {
    Object.assign(stick, { pointer: -1, dx: 0, dy: 0 });
    stick.element.classList.remove("held");
    stick.knob.style.translate = "0 0";
  }

  #changed() {
    this.#read();
    this.#onChange();
  }

  #read() {
    const length = Math.hypot(this.#move.dx, this.#move.dy);
    this.dx = eighth(this.#move.dx, length, DEAD_ZONE);
    this.dy = eighth(this.#move.dy, length, DEAD_ZONE);
    this.fire = Math.hypot(this.#aim.dx, this.#aim.dy) > DEAD_ZONE;
    this.angle = this.fire ? Math.atan2(this.#aim.dy, this.#aim.dx) : null;
  }
}

/**
 * @param {string} name
 * @returns {Stick}
 */
function makeStick(name) {
  const knob = el("span");
  const element = el("div", { className: `arena-stick ${name}`, "data-testid": `arena-stick-${name}` }, knob);
  return { pointer: -1, element, knob, x: 0, y: 0, dx: 0, dy: 0 };
}
