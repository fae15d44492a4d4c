import { humanize, properties } from "../forms/json_schema.js";

/**
 * @typedef {import("../forms/json_schema.js").JsonSchema} JsonSchema
 *
 * One field of an input, and how it is steered.
 * @typedef {object} Control
 * @property {string} input the input's name
 * @property {string} field
 * @property {string} label
 * @property {"axis"|"button"|"slider"} kind
 * @property {"x"|"y"} [direction] of an axis
 * @property {number} min
 * @property {number} max
 * @property {number|boolean} neutral the value when nothing is held
 * @property {string[]} negative key codes that push towards `min`
 * @property {string[]} positive key codes that push towards `max`, or press the button
 */

/** Codes are places on the keyboard, so WASD is in the same spot on every layout. */
const AXIS_KEYS = {
  x: [
    { negative: ["ArrowLeft", "KeyA"], positive: ["ArrowRight", "KeyD"] },
    { negative: ["KeyJ"], positive: ["KeyL"] },
  ],
  y: [
    { negative: ["ArrowUp", "KeyW"], positive: ["ArrowDown", "KeyS"] },
    { negative: ["KeyI"], positive: ["KeyK"] },
  ],
};
const BUTTON_KEYS = [
  ["Space"],
  ["ShiftLeft", "ShiftRight"],
  ["KeyE"],
  ["KeyQ"],
  ["KeyR"],
  ["KeyF"],
  ["KeyC"],
];

/**
 * @param {Record<string, JsonSchema>} inputs by name
 * @returns {Control[]} one for each field that can be steered
 */
export function controlsOf(inputs) {
  /** @type {Control[]} */
  const controls = [];
  const keys = { x: [...AXIS_KEYS.x], y: [...AXIS_KEYS.y], button: [...BUTTON_KEYS] };
  for (const [input, schema] of Object.entries(inputs)) {
    let axes = 0;
    for (const [field, property] of properties(schema)) {
      const control = controlOf(input, field, property, axes);
      if (control === null) continue;
      if (control.kind === "axis") {
        axes += 1;
        Object.assign(control, keys[control.direction ?? "x"].shift());
      } else if (control.kind === "button") {
        control.positive = keys.button.shift() ?? [];
      }
      controls.push(control);
    }
  }
  return controls;
}

/**
 * @param {string} input
 * @param {string} field
 * @param {JsonSchema} schema
 * @param {number} axes how many axes this input has had so far
 * @returns {Control|null}
 */
function controlOf(input, field, schema, axes) {
  const { type, format, minimum = 0, maximum = minimum + 100 } = schema;
  const base = { input, field, label: humanize(field), negative: [], positive: [] };
  if (type === "boolean")
    return { ...base, kind: "button", min: 0, max: 1, neutral: schema.default === true };
  if (type !== "integer") return null;
  const neutral = typeof schema.default === "number" ? schema.default : Math.max(0, minimum);
  if (format === "axis" || (minimum === -1 && maximum === 1)) {
    return { ...base, kind: "axis", direction: directionOf(field, axes), min: -1, max: 1, neutral };
  }
  return { ...base, kind: "slider", min: minimum, max: maximum, neutral };
}

/**
 * @param {string} field
 * @param {number} index
 * @returns {"x"|"y"}
 */
function directionOf(field, index) {
  if (field.endsWith("x")) return "x";
  if (field.endsWith("y")) return "y";
  return index % 2 === 0 ? "x" : "y";
}

/**
 * What a player holds: keys, and controls on the screen. The server holds an input until the next one, so only changes
 * are worth sending.
 */
export class HeldInputs {
  /** @type {string[]} Key codes held, the latest last. */
  #keys = [];
  /** @type {Map<Control, number|boolean>} What controls on the screen say. */
  #onScreen = new Map();
  /** @type {Map<string, string>} The payload that the server holds of each input, as text. */
  #sent = new Map();
  #codes;

  /** @param {Control[]} controls */
  constructor(controls) {
    this.controls = controls;
    this.#codes = new Set(controls.flatMap(({ negative, positive }) => [...negative, ...positive]));
    this.forgetSent();
  }

  /**
   * @param {string} code
   * @returns {boolean} whether this key steers anything
   */
  press(code) {
    if (!this.#codes.has(code)) return false;
    if (!this.#keys.includes(code)) this.#keys.push(code);
    return true;
  }

  /** @param {string} code */
  release(code) {
    this.#keys = this.#keys.filter((held) => held !== code);
  }

  /**
   * @param {Control} control
   * @param {number|boolean} value
   */
  setOnScreen(control, value) {
    this.#onScreen.set(control, value);
  }

  /** Lets go of everything that has to be held; sliders stay where they were put. */
  releaseAll() {
    this.#keys = [];
    for (const control of this.#onScreen.keys()) {
      if (control.kind !== "slider") this.#onScreen.delete(control);
    }
  }

  /** The server holds nothing of this player's (any more): a new seat. */
  forgetSent() {
    const neutral = this.#payloads((control) => control.neutral);
    this.#sent = new Map([...neutral].map(([input, payload]) => [input, JSON.stringify(payload)]));
  }

  /** @returns {[input: string, payload: Record<string, unknown>][]} what differs from what the server holds; counts as sent */
  takeChanges() {
    const changes = [...this.#payloads((control) => this.#value(control))].filter(
      ([input, payload]) => this.#sent.get(input) !== JSON.stringify(payload),
    );
    for (const [input, payload] of changes) this.#sent.set(input, JSON.stringify(payload));
    return changes;
  }

  /**
   * @param {string} input its name
   * @returns {Record<string, number|boolean>|undefined} all that is held of it; undefined where nothing can be
   */
  payload(input) {
    return this.#payloads((control) => this.#value(control)).get(input);
  }

  /**
   * @param {(control: Control) => number|boolean} value
   * @returns {Map<string, Record<string, number|boolean>>}
   */
  #payloads(value) {
    const payloads = new Map();
    for (const control of this.controls) {
      payloads.set(control.input, { ...payloads.get(control.input), [control.field]: value(control) });
    }
    return payloads;
  }

  /**
   * @param {Control} control
   * @returns {number|boolean}
   */
  #value(control) {
    const { kind, negative, positive, neutral } = control;
    // Of two opposite keys the later wins, so that changing direction never stops a player.
    const key = this.#keys.findLast((code) => negative.includes(code) || positive.includes(code));
    const onScreen = this.#onScreen.get(control) ?? neutral;
    if (key === undefined) return onScreen;
    if (kind === "button") return true;
    return positive.includes(key) ? control.max : control.min;
  }
}
