import { el, setText } from "../ui/dom.js";

/**
 * @typedef {import("./held_inputs.js").HeldInputs} HeldInputs
 * @typedef {import("./held_inputs.js").Control} Control
 */

/** The middle of the pad, as a part of its radius, in which a thumb rests without steering. */
const DEAD_ZONE = 0.3;
/** sin(22.5°): beyond it from an axis, a direction counts as diagonal. */
const DIAGONAL = 0.383;

/** Inputs to touch: a pad for the axes, buttons, and sliders for everything that has more than two sides. */
export class ScreenControls {
  /** @type {HTMLElement|null} Only shown on devices that are touched. */
  pad;
  /** @type {HTMLElement|null} */
  sliders;
  #held;
  #onChange;

  /**
   * @param {HeldInputs} held
   * @param {() => void} onChange
   */
  constructor(held, onChange) {
    this.#held = held;
    this.#onChange = onChange;
    noticeTouch();
    const axes = held.controls.filter(({ kind }) => kind === "axis");
    const x = axes.find(({ direction }) => direction === "x");
    const y = axes.find(({ direction }) => direction === "y");
    const buttons = held.controls.filter(({ kind }) => kind === "button");
    const stick = x !== undefined || y !== undefined ? this.#stick(x, y) : null;
    this.pad =
      stick === null && buttons.length === 0
        ? null
        : el(
            "div",
            { className: "touch-pad" },
            stick ?? el("span"),
            el("div", { className: "touch-buttons" }, ...buttons.map((control) => this.#button(control))),
          );
    // Axes beyond the first two have no place on the pad.
    const sliders = held.controls.filter(
      (control) => control.kind === "slider" || (control.kind === "axis" && control !== x && control !== y),
    );
    this.sliders =
      sliders.length === 0
        ? null
        : el("div", { className: "sliders" }, ...sliders.map((control) => this.#slider(control)));
  }

  /**
   * @param {Control} control
   * @param {number|boolean} value
   */
  #set(control, value) {
    this.#held.setOnScreen(control, value);
    this.#onChange();
  }

  /**
   * @param {Control|undefined} x
   * @param {Control|undefined} y
   */
  #stick(x, y) {
    const knob = el("span", { className: "knob" });
    const stick = el("div", { className: "stick", "data-testid": "touch-stick" }, knob);
    const steer = (/** @type {number} */ dx, /** @type {number} */ dy) => {
      const length = Math.hypot(dx, dy);
      const active = length > DEAD_ZONE;
      const side = (/** @type {number} */ part) =>
        active && Math.abs(part) > DIAGONAL * length ? Math.sign(part) : 0;
      if (x !== undefined) this.#set(x, side(dx));
      if (y !== undefined) this.#set(y, side(dy));
      const reach = Math.max(1, length);
      knob.style.translate = `${(dx / reach) * 36}px ${(dy / reach) * 36}px`;
    };
    const follow = (/** @type {PointerEvent} */ event) => {
      const { left, top, width, height } = stick.getBoundingClientRect();
      steer((event.clientX - left) / (width / 2) - 1, (event.clientY - top) / (height / 2) - 1);
    };
    stick.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      stick.setPointerCapture(event.pointerId);
      follow(event);
    });
    stick.addEventListener("pointermove", (event) => {
      if (stick.hasPointerCapture(event.pointerId)) follow(event);
    });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
      stick.addEventListener(end, () => steer(0, 0));
    }
    return stick;
  }

  /** @param {Control} control */
  #button(control) {
    const button = el("button", { type: "button", className: "touch-button", tabIndex: -1 }, control.label);
    button.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      button.setPointerCapture(event.pointerId);
      this.#set(control, true);
    });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
      button.addEventListener(end, () => this.#set(control, false));
    }
    return button;
  }

  /** @param {Control} control */
  #slider(control) {
    const { input, field, label, min, max, neutral } = control;
    const value = el("output", {}, String(neutral));
    const range = el("input", {
      type: "range",
      min,
      max,
      step: 1,
      value: String(neutral),
      "data-testid": `input-${input}-${field}`,
    });
    range.addEventListener("input", () => {
      setText(value, range.value);
      this.#set(control, Number(range.value));
    });
    // Once let go of, the keys are for the game again.
    range.addEventListener("pointerup", () => range.blur());
    return el("label", {}, el("span", {}, label), range, value);
  }
}

/** Shows the pad where there is nothing but fingers, and elsewhere as soon as one touches. */
function noticeTouch() {
  const show = () => document.body.classList.add("touch");
  if (window.matchMedia("(hover: none)").matches) show();
  else window.addEventListener("touchstart", show, { once: true, passive: true });
}
