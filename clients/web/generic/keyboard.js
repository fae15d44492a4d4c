import { takesKeys } from "../ui/dom.js";

/**
 * @typedef {import("./held_inputs.js").HeldInputs} HeldInputs
 */

/** Turns the keys of the page into held inputs. */
export class Keyboard {
  #held;
  #onChange;

  /**
   * @param {HeldInputs} held
   * @param {() => void} onChange
   */
  constructor(held, onChange) {
    this.#held = held;
    this.#onChange = onChange;
    window.addEventListener("keydown", this.#down);
    window.addEventListener("keyup", this.#up);
    window.addEventListener("blur", this.#releaseAll);
    document.addEventListener("visibilitychange", this.#releaseAll);
    document.addEventListener("focusin", this.#focused);
  }

  dispose() {
    window.removeEventListener("keydown", this.#down);
    window.removeEventListener("keyup", this.#up);
    window.removeEventListener("blur", this.#releaseAll);
    document.removeEventListener("visibilitychange", this.#releaseAll);
    document.removeEventListener("focusin", this.#focused);
  }

  /** @param {KeyboardEvent} event */
  #down = (event) => {
    // With these it is a shortcut of the browser's. Shift is a key like any other.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (takesKeys(event.target) || (event.code === "Space" && presses(event.target))) return;
    if (!this.#held.press(event.code)) return;
    // Arrows and Space would scroll the page.
    event.preventDefault();
    this.#onChange();
  };

  /** @param {KeyboardEvent} event */
  #up = (event) => {
    this.#held.release(event.code);
    this.#onChange();
  };

  #releaseAll = () => {
    // What is held when the window goes away never reports its release.
    this.#held.releaseAll();
    this.#onChange();
  };

  /** @param {FocusEvent} event */
  #focused = (event) => {
    if (takesKeys(event.target)) this.#releaseAll();
  };
}

/**
 * @param {EventTarget|null} target
 * @returns {boolean} whether Space there presses something
 */
function presses(target) {
  return target instanceof Element && target.closest("button, summary, a") !== null;
}
