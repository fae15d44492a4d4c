import { el } from "../../ui/dom.js";

/**
 * @typedef {{ volume: number, shake: boolean, calm: boolean|null, shapes: boolean }} Settings `calm`: reduced motion; null
 *   does as the system does
 */

const KEY = "arena.settings";
/** @type {Readonly<Settings>} */
export const DEFAULTS = Object.freeze({ volume: 0.6, shake: true, calm: null, shapes: true });

/**
 * @param {string|null} text as it was kept, by this version or another
 * @returns {Settings}
 */
export function parseSettings(text) {
  /** @type {any} */
  let kept = null;
  try {
    kept = JSON.parse(text ?? "null");
  } catch {
    // Not ours, or broken: the defaults will do.
  }
  const { volume, shake, calm, shapes } = typeof kept === "object" && kept !== null ? kept : DEFAULTS;
  return {
    volume: typeof volume === "number" && volume >= 0 && volume <= 1 ? volume : DEFAULTS.volume,
    shake: typeof shake === "boolean" ? shake : DEFAULTS.shake,
    calm: typeof calm === "boolean" ? calm : null,
    shapes: typeof shapes === "boolean" ? shapes : DEFAULTS.shapes,
  };
}

/** What a player chose, the same at his next visit, and the panel to choose it. */
export class SettingsPanel {
  element;
  settings = parseSettings(read());
  #system = window.matchMedia("(prefers-reduced-motion: reduce)");
  #details;

  /** @param {(settings: Settings) => void} onChange */
  constructor(onChange) {
    const { settings } = this;
    const set = (/** @type {Partial<Settings>} */ change) => {
      Object.assign(settings, change);
      write(settings);
      onChange(settings);
    };
    const volume = el("input", {
      type: "range",
      min: "0",
      max: "100",
      value: String(settings.volume * 100),
      oninput: () => set({ volume: Number(volume.value) / 100 }),
    });
    this.#details = el(
      "details",
      { className: "arena-settings", "data-testid": "arena-settings" },
      el("summary", { "aria-label": "Settings", title: "Settings" }, "⚙"),
      el(
        "div",
        { className: "arena-settings-panel" },
        el("label", {}, el("span", {}, "Volume"), volume),
        check("Screen shake", settings.shake, (shake) => set({ shake })),
        check("Reduced motion", this.calm, (calm) => set({ calm })),
        check("Shapes besides colours", settings.shapes, (shapes) => set({ shapes })),
      ),
    );
    this.element = this.#details;
  }

  /** Whether to move less. */
  get calm() {
    return this.settings.calm ?? this.#system.matches;
  }

  /** @returns {boolean} whether it was open */
  close() {
    const { open } = this.#details;
    this.#details.open = false;
    return open;
  }
}

/**
 * @param {string} label
 * @param {boolean} checked
 * @param {(checked: boolean) => void} onChange
 */
function check(label, checked, onChange) {
  const box = el("input", { type: "checkbox", checked, onchange: () => onChange(box.checked) });
  return el("label", {}, el("span", {}, label), box);
}

function read() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // Storage may be forbidden; the game goes on without.
  }
}

/** @param {Settings} settings */
function write(settings) {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // As above.
  }
}
