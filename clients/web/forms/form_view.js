import { el, fill, setText } from "../ui/dom.js";
import { payloadOf, problemWith } from "./form_model.js";

/**
 * @typedef {import("./form_model.js").FormField} FormField
 * @typedef {{ id: number, name: string }} Choice a player to choose
 */

/**
 * The controls of a form made from a schema.
 */
export class FormView {
  /** @type {HTMLElement} */
  element;
  #fields;
  /** @type {Map<string, HTMLInputElement|HTMLSelectElement|HTMLTextAreaElement>} */
  #controls = new Map();
  #players;

  /**
   * @param {FormField[]} fields
   * @param {{ prefix: string, players?: () => Choice[] }} options `prefix` makes ids and test ids unique on the page
   */
  constructor(fields, { prefix, players = () => [] }) {
    this.#fields = fields;
    this.#players = players;
    this.element = el("div", { className: "fields" }, ...fields.map((field) => this.#row(field, prefix)));
    this.updatePlayers();
  }

  /** @returns {Record<string, unknown>} */
  payload() {
    return payloadOf(this.#fields, (name) => this.#raw(name));
  }

  /** @returns {boolean} whether anything differs from what it started with */
  get touched() {
    return this.#fields.some(({ name, initial }) => this.#raw(name) !== initial);
  }

  /** Lists the players anew where one is to be chosen. */
  updatePlayers() {
    for (const field of this.#fields) {
      const select = this.#controls.get(field.name);
      if (field.kind !== "player" || select === undefined) continue;
      const chosen = select.value;
      const players = this.#players();
      const empty = field.required ? [] : [el("option", { value: "" }, "–")];
      const options = players.map(({ id, name }) => el("option", { value: String(id) }, name));
      fill(select, ...empty, ...options);
      if (players.some(({ id }) => String(id) === chosen)) select.value = chosen;
    }
  }

  /**
   * @param {string} name
   * @returns {string|boolean}
   */
  #raw(name) {
    const control = this.#controls.get(name);
    if (control instanceof HTMLInputElement && control.type === "checkbox") return control.checked;
    return control?.value ?? "";
  }

  /**
   * @param {FormField} field
   * @param {string} prefix
   */
  #row(field, prefix) {
    const control = controlFor(field);
    control.id = `${prefix}-${field.name}`;
    control.name = field.name;
    control.dataset.testid = `field-${prefix}-${field.name}`;
    this.#controls.set(field.name, control);
    const problem = el("span", { className: "problem", role: "status" });
    control.addEventListener("input", () =>
      setText(problem, problemWith(field, this.#raw(field.name)) ?? ""),
    );
    const help = field.help === undefined ? null : el("span", { className: "help" }, field.help);
    return el(
      "div",
      { className: `field ${field.kind}` },
      el("label", { for: control.id }, field.label),
      control,
      help,
      problem,
    );
  }
}

/**
 * @param {FormField} field
 * @returns {HTMLInputElement|HTMLSelectElement|HTMLTextAreaElement}
 */
function controlFor(field) {
  const value = typeof field.initial === "string" ? field.initial : "";
  switch (field.kind) {
    case "boolean":
      return el("input", { type: "checkbox", checked: field.initial === true });
    case "choice": {
      const options = (field.choices ?? []).map((choice, index) =>
        el("option", { value: String(index) }, String(choice)),
      );
      const select = el("select", {}, !field.required && el("option", { value: "" }, "–"), ...options);
      select.value = value;
      return select;
    }
    case "player":
      return el("select");
    case "integer":
    case "number":
      return el("input", {
        type: "number",
        min: field.min,
        max: field.max,
        step: field.kind === "integer" ? 1 : "any",
        value,
        placeholder: boundsText(field),
      });
    case "json":
      return el("textarea", { rows: 2, value, placeholder: "JSON", spellcheck: false });
    case "list":
      return el("input", { type: "text", value, placeholder: "one, two, …", autocomplete: "off" });
    default:
      return el("input", { type: "text", value, maxLength: field.maxLength, autocomplete: "off" });
  }
}

/** @param {FormField} field */
function boundsText({ min, max }) {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  return min !== undefined ? `${min} or more` : max !== undefined ? `up to ${max}` : "";
}
