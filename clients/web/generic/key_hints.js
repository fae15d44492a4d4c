import { el } from "../ui/dom.js";

/**
 * @typedef {import("./held_inputs.js").Control} Control
 */

/** @type {Record<string, string>} */
const KEY_NAMES = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Space: "Space",
  ShiftLeft: "Shift",
  ShiftRight: "Shift",
};

/** @param {string} code */
function keyName(code) {
  return KEY_NAMES[code] ?? code.replace(/^Key/, "");
}

/**
 * Says which keys do what.
 *
 * @param {Control[]} controls
 * @returns {HTMLElement|null} null: no keys do anything
 */
export function keyHints(controls) {
  const axes = controls.filter(({ kind, negative }) => kind === "axis" && negative.length > 0);
  const buttons = controls.filter(({ kind, positive }) => kind === "button" && positive.length > 0);
  /** @type {HTMLElement[]} */
  const hints = [];
  // The first two axes together are what everyone knows as WASD; naming each key would only be harder to read.
  const first = axes.filter(({ negative }) => negative.some((code) => code.startsWith("Arrow")));
  if (first.length === 2) hints.push(hint(["↑", "←", "↓", "→"], "or"), hint(["W", "A", "S", "D"], "move"));
  const rest = first.length === 2 ? axes.filter((axis) => !first.includes(axis)) : axes;
  for (const { label, negative, positive } of rest) {
    hints.push(hint([...negative, ...positive].map(keyName), label));
  }
  for (const { label, positive } of buttons) hints.push(hint([keyName(positive[0] ?? "")], label));
  return hints.length === 0 ? null : el("div", { className: "key-hints", "aria-label": "Keys" }, ...hints);
}

/**
 * @param {string[]} keys
 * @param {string} label
 */
function hint(keys, label) {
  return el("span", {}, ...keys.map((key) => el("kbd", {}, key)), ` ${label}`);
}
