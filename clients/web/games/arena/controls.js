import { takesKeys } from "../../ui/dom.js";
import { GamepadReader } from "./gamepad.js";
import { aimOf } from "./rules.js";
import { TouchSticks } from "./touch_sticks.js";

/**
 * Both sticks and the two buttons: the payload of the arena's input.
 * @typedef {{ dx: number, dy: number, aim: number, fire: boolean, dash: boolean }} Steer
 *
 * @typedef {object} ControlEvents
 * @property {() => void} onChange something was pressed or let go
 * @property {() => void} onGesture the first of these lets sound play
 * @property {(x: number, y: number) => void} onPoint a click or tap on the canvas, in CSS pixels
 * @property {(code: string) => boolean} onKey a key that doesn't steer; whether it meant something
 */

/** Codes are places on the keyboard: WASD is in the same spot on every layout. */
const LEFT = ["KeyA", "ArrowLeft"];
const RIGHT = ["KeyD", "ArrowRight"];
const UP = ["KeyW", "ArrowUp"];
const DOWN = ["KeyS", "ArrowDown"];
const DASH = ["Space", "ShiftLeft", "ShiftRight"];
const STEERING = new Set([...LEFT, ...RIGHT, ...UP, ...DOWN, ...DASH]);
/** The part of the pointer's distance from the middle that the camera moves ahead. */
const LEAD = 0.24;
const STICK_LEAD_PX = 90;

/** Keys, mouse, fingers and gamepads, as what the player wants right now. */
export class Controls {
  /** Where the mouse is, in CSS pixels of the canvas. */
  pointerX = 0;
  pointerY = 0;
  /** @type {"mouse"|"touch"|"pad"} What was aimed with last. */
  device = "mouse";
  touch;
  /** @type {Steer} */
  #steer = { dx: 0, dy: 0, aim: 0, fire: false, dash: false };
  #angle = 0;
  #mouseFire = false;
  /** @type {string[]} Held, the latest last. */
  #keys = [];
  #pad = new GamepadReader();
  #canvas;
  #on;
  #listening = new AbortController();

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {ControlEvents} on
   */
  constructor(canvas, on) {
    this.#canvas = canvas;
    this.#on = on;
    this.touch = new TouchSticks(canvas, () => {
      this.device = "touch";
      on.onGesture();
      on.onChange();
    });
    const { signal } = this.#listening;
    window.addEventListener("keydown", this.#down, { signal });
    window.addEventListener("keyup", this.#up, { signal });
    window.addEventListener("blur", this.#release, { signal });
    document.addEventListener("visibilitychange", this.#release, { signal });
    document.addEventListener("focusin", this.#focused, { signal });
    window.addEventListener("pointermove", this.#moved, { signal });
    window.addEventListener("pointerup", this.#lifted, { signal });
    canvas.addEventListener("pointerdown", this.#pressed, { signal });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  }

  dispose() {
    this.#listening.abort();
    this.touch.dispose();
  }

  /** The direction aimed at, in radians. */
  get angle() {
    return this.#angle;
  }

  /** Lets go of everything. */
  release() {
    this.#keys = [];
    this.#mouseFire = false;
    this.touch.release();
    this.#on.onChange();
  }

  /**
   * @param {number} ownX where one's own fighter is, in CSS pixels of the canvas
   * @param {number} ownY
   * @returns {Steer} the same object each time
   */
  read(ownX, ownY) {
    const pad = this.#pad.read();
    if (pad?.used) this.device = "pad";
    const steer = this.#steer;
    steer.dx = this.#axis(LEFT, RIGHT) || this.touch.dx || (pad?.dx ?? 0);
    steer.dy = this.#axis(UP, DOWN) || this.touch.dy || (pad?.dy ?? 0);
    this.#angle = this.#aim(ownX, ownY, pad?.angle ?? null, steer);
    steer.aim = aimOf(this.#angle);
    steer.fire = this.#mouseFire || this.touch.fire || (pad?.fire ?? false);
    steer.dash = this.#keys.some((code) => DASH.includes(code)) || this.touch.dash || (pad?.dash ?? false);
    return steer;
  }

  /** @returns {[number, number]} how far the camera looks ahead, in CSS pixels */
  lead() {
    if (this.device !== "mouse")
      return [Math.cos(this.#angle) * STICK_LEAD_PX, Math.sin(this.#angle) * STICK_LEAD_PX];
    const { clientWidth, clientHeight } = this.#canvas;
    return [(this.pointerX - clientWidth / 2) * LEAD, (this.pointerY - clientHeight / 2) * LEAD];
  }

  /**
   * @param {number} ownX
   * @param {number} ownY
   * @param {number|null} padAngle
   * @param {Steer} steer
   */
  #aim(ownX, ownY, padAngle, { dx, dy }) {
    if (this.device === "mouse") return Math.atan2(this.pointerY - ownY, this.pointerX - ownX);
    const aimed = this.device === "touch" ? this.touch.angle : padAngle;
    if (aimed !== null) return aimed;
    // Whoever aims with nothing looks where he goes.
    return dx === 0 && dy === 0 ? this.#angle : Math.atan2(dy, dx);
  }

  /**
   * @param {string[]} negative
   * @param {string[]} positive
   */
  #axis(negative, positive) {
    // Of two opposite keys the later wins, so that changing direction never stops a player.
    const code = this.#keys.findLast((each) => negative.includes(each) || positive.includes(each));
    return code === undefined ? 0 : positive.includes(code) ? 1 : -1;
  }

  /** @param {KeyboardEvent} event */
  #down = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return;
    if (event.code === "Space" && onControl(event.target)) return;
    // The way out of the canvas for whoever uses the page by keyboard.
    if (event.code === "Tab" && event.shiftKey) return;
    if (STEERING.has(event.code)) {
      event.preventDefault();
      this.#on.onGesture();
      if (!this.#keys.includes(event.code)) this.#keys.push(event.code);
      this.#on.onChange();
    } else if ((!onControl(event.target) || event.code === "Escape") && this.#on.onKey(event.code)) {
      event.preventDefault();
    }
  };

  /** @param {KeyboardEvent} event */
  #up = (event) => {
    this.#keys = this.#keys.filter((code) => code !== event.code);
    this.#on.onChange();
  };

  #release = () => this.release();

  /** @param {FocusEvent} event */
  #focused = (event) => {
    if (takesKeys(event.target)) this.release();
  };

  /** @param {PointerEvent} event */
  #moved = (event) => {
    if (event.pointerType === "touch") return;
    this.#point(event);
    this.device = "mouse";
  };

  /** @param {PointerEvent} event */
  #pressed = (event) => {
    this.#canvas.focus({ preventScroll: true });
    this.#on.onGesture();
    const { left, top } = this.#canvas.getBoundingClientRect();
    this.#on.onPoint(event.clientX - left, event.clientY - top);
    if (event.pointerType === "touch" || event.button > 0) return;
    event.preventDefault();
    this.#point(event);
    this.device = "mouse";
    this.#mouseFire = true;
    this.#on.onChange();
  };

  /** @param {PointerEvent} event */
  #lifted = (event) => {
    if (event.pointerType === "touch" || !this.#mouseFire) return;
    this.#mouseFire = false;
    this.#on.onChange();
  };

  /** @param {PointerEvent} event */
  #point(event) {
    const { left, top } = this.#canvas.getBoundingClientRect();
    this.pointerX = event.clientX - left;
    this.pointerY = event.clientY - top;
  }
}

/** @param {EventTarget|null} target */
function onControl(target) {
  return target instanceof Element && target.closest("button, summary, a") !== null;
}
