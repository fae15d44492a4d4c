import { el } from "../../ui/dom.js";

/**
 * @typedef {"move"|"fire"|"dash"|"follow"|"roam"} Hint
 */

/** @type {{ hint: Hint, keys: string[], label: string }[]} */
const PLAYING = [
  { hint: "move", keys: ["W", "A", "S", "D"], label: "move" },
  { hint: "fire", keys: ["Mouse"], label: "aim and fire" },
  { hint: "dash", keys: ["Space"], label: "dash" },
];
/** @type {typeof PLAYING} */
const WATCHING = [
  { hint: "follow", keys: ["Q", "E"], label: "or click: follow a player" },
  { hint: "roam", keys: ["W", "A", "S", "D"], label: "roam" },
];

/** Which keys do what, until each was used once. */
export class Hints {
  element;
  /** @type {Map<Hint, HTMLElement>} */
  #lines;

  /** @param {boolean} spectating */
  constructor(spectating) {
    this.#lines = new Map(
      (spectating ? WATCHING : PLAYING).map(({ hint, keys, label }) => [
        hint,
        el("span", {}, ...keys.map((key) => el("kbd", {}, key)), ` ${label}`),
      ]),
    );
    this.element = el("div", { className: "arena-hints", "aria-label": "Keys" }, ...this.#lines.values());
  }

  /** @param {Hint} hint */
  used(hint) {
    this.#lines.get(hint)?.classList.add("used");
    this.#lines.delete(hint);
  }
}
