import { el, setText, takesKeys } from "../ui/dom.js";
import { Graph } from "./graph.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("./graph.js").GraphKind} GraphKind
 */

const STYLES = new URL("net_panel.css", import.meta.url).href;
const KEYS = new Set(["F3", "KeyN"]);
/** Numbers that change more often can't be read. */
const DRAW_EVERY_MS = 100;

/** With less room the panel is low, and what there is to set is behind one more click. As in the style sheet. */
const ROOMY = "(min-width: 1280px) and (min-height: 600px)";

const ms = (/** @type {number} */ value) => `${Math.round(value)} ms`;

/** @type {GraphKind[]} */
const GRAPHS = [
  { name: "rtt", label: "Round trip", value: (s) => s.rtt_ms, text: ms, top: 60, bad: (v) => v > 200 },
  { name: "jitter", label: "Jitter", value: (s) => s.jitter_ms, text: ms, top: 20, bad: (v) => v > 40 },
  {
    name: "delay",
    label: "Interp. delay",
    value: (s) => s.delay_ms,
    text: ms,
    top: 120,
    bad: (v) => v > 300,
  },
  {
    name: "margin",
    label: "Input margin",
    value: (s) => s.margin,
    text: (value) => String(value),
    top: 3,
    bad: (v) => v < 0,
  },
  {
    name: "bytes",
    label: "Received",
    value: (s) => s.bytes_per_s,
    text: (value) => `${(value / 1000).toFixed(1)} kB/s`,
    top: 5_000,
    bad: () => false,
  },
  {
    name: "skipped",
    label: "Skipped",
    value: (s) => s.skipped,
    text: (value) => String(value),
    top: 2,
    bars: true,
    bad: (v) => v > 0,
  },
  {
    name: "correction",
    label: "Correction",
    value: (s) => s.correction,
    text: (value) => value.toFixed(1),
    top: 8,
    bars: true,
    bad: (v) => v > 4,
  },
  {
    name: "step",
    label: "Server step",
    value: (s) => s.step_ms,
    text: (value) => `${value.toFixed(1)} ms`,
    top: 4,
    bad: (v) => v > 20,
  },
];

/** @type {{ name: "latency_ms"|"jitter_ms"|"stall_ms", label: string, max: number, step: number }[]} */
const SLIDERS = [
  { name: "latency_ms", label: "Latency", max: 300, step: 10 },
  { name: "jitter_ms", label: "Jitter", max: 100, step: 5 },
  { name: "stall_ms", label: "Stall", max: 500, step: 20 },
];

const OPTIONS = /** @type {const} */ (["prediction", "interpolation", "smoothing", "ghost"]);

/** How the network does, a worse one to try things on, and what the netcode does about it, part by part. */
export class NetPanel {
  element;
  /** Opens and closes it, for whoever has no keys. */
  button;
  #room;
  #graphs = GRAPHS.map((kind) => new Graph(kind));
  #prediction = el("output", { "data-testid": "net-prediction" });
  #drawn_ms = 0;
  #listening = new AbortController();

  /** @param {Room} room */
  constructor(room) {
    loadStyles();
    this.#room = room;
    this.button = el(
      "button",
      {
        type: "button",
        className: "net-button",
        "aria-label": "Network",
        "aria-expanded": "false",
        "data-testid": "net-button",
        onclick: () => {
          this.toggle();
          // The keys are for the game.
          this.button.blur();
        },
      },
      el("span", { "aria-hidden": "true" }),
    );
    const roomy = window.matchMedia(ROOMY);
    const settings = el(
      "details",
      { open: roomy.matches },
      el("summary", { onclick: leaveFocus, "data-testid": "net-settings" }, "Settings"),
      el("div", { className: "net-options" }, ...OPTIONS.map((name) => this.#option(name))),
      el("div", { className: "net-lag" }, ...SLIDERS.map((slider) => this.#slider(slider))),
    );
    const { signal } = this.#listening;
    roomy.addEventListener("change", () => settings.toggleAttribute("open", roomy.matches), { signal });
    this.element = el(
      "section",
      { className: "net-panel", "aria-label": "Network", "data-testid": "net-panel", hidden: true },
      el("div", { className: "net-graphs" }, ...this.#graphs.map(({ element }) => element)),
      el("p", {}, "Predicted: ", this.#prediction),
      settings,
    );
    this.#showLag();
    window.addEventListener("keydown", this.#key, { signal });
  }

  /** What nobody can see or change any more ends: the simulated lag, too. */
  dispose() {
    this.#listening.abort();
    for (const { name } of SLIDERS) this.#room.lag[name] = 0;
  }

  toggle() {
    this.element.hidden = !this.element.hidden;
    this.button.setAttribute("aria-expanded", String(!this.element.hidden));
    this.#drawn_ms = 0;
  }

  /**
   * To be called once per frame.
   *
   * @param {number} now_ms
   */
  draw(now_ms) {
    if (this.element.hidden || now_ms - this.#drawn_ms < DRAW_EVERY_MS) return;
    this.#drawn_ms = now_ms;
    const { samples, prediction } = this.#room.stats;
    setText(this.#prediction, prediction);
    for (const graph of this.#graphs) graph.draw(samples, now_ms);
  }

  /** @param {KeyboardEvent} event */
  #key = (event) => {
    if (!KEYS.has(event.code) || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof HTMLElement ? event.target : null;
    const own = this.element.contains(target);
    // In a text field it is a letter; a box or a slider of the panel has no use for it.
    if (event.code === "KeyN" && !own && takesKeys(target)) return;
    event.preventDefault();
    if (event.repeat) return;
    this.toggle();
    if (own && this.element.hidden) target?.blur();
  };

  /** @param {typeof OPTIONS[number]} name */
  #option(name) {
    const { netOptions } = this.#room;
    const box = el("input", {
      type: "checkbox",
      checked: netOptions[name],
      "data-testid": `net-option-${name}`,
      onchange: () => {
        netOptions[name] = box.checked;
      },
      onclick: leaveFocus,
    });
    // A click ticks the box, but takes the keyboard from the game neither by the press nor by what labels do.
    return el(
      "label",
      {
        onmousedown: (/** @type {MouseEvent} */ event) => event.preventDefault(),
        onclick: (/** @type {MouseEvent} */ event) => {
          if (event.target === box) return;
          event.preventDefault();
          box.click();
        },
      },
      box,
      name,
    );
  }

  /** @param {typeof SLIDERS[number]} slider */
  #slider({ name, label, max, step }) {
    const { lag } = this.#room;
    const value = el("output", {}, ms(lag[name]));
    const range = el("input", {
      type: "range",
      min: "0",
      max: String(max),
      step: String(step),
      value: String(lag[name]),
      "data-testid": `net-${name}`,
    });
    range.addEventListener("input", () => {
      lag[name] = Number(range.value);
      setText(value, ms(lag[name]));
      this.#showLag();
    });
    // Once let go of, the keys are for the game again.
    range.addEventListener("pointerup", () => range.blur());
    return el("label", {}, el("span", {}, label), range, value);
  }

  /** On the button, since the panel may be closed: that the network is worse than it could be. */
  #showLag() {
    const lagging = SLIDERS.some(({ name }) => this.#room.lag[name] > 0);
    this.button.classList.toggle("lagging", lagging);
    this.button.title = lagging ? "Network, with simulated lag (F3 or N)" : "Network (F3 or N)";
  }
}

/**
 * After a click the keys are for the game. From the keyboard (0 clicks) it keeps the focus.
 *
 * @param {MouseEvent} event
 */
function leaveFocus({ detail, currentTarget }) {
  if (detail > 0 && currentTarget instanceof HTMLElement) currentTarget.blur();
}

function loadStyles() {
  if (document.querySelector(`link[href="${STYLES}"]`) !== null) return;
  document.head.append(el("link", { rel: "stylesheet", href: STYLES }));
}
