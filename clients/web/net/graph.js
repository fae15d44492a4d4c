import { el, setText } from "../ui/dom.js";

/**
 * @typedef {import("../sdk/net_stats.js").NetSample} NetSample
 *
 * One of the small multiples.
 * @typedef {object} GraphKind
 * @property {string} name
 * @property {string} label
 * @property {(sample: NetSample) => number|null} value
 * @property {(value: number) => string} text the number as it is read
 * @property {number} top where the scale ends, unless there are larger values
 * @property {boolean} [bars] what happens now and then, instead of a line
 * @property {(value: number) => boolean} bad whether to warn
 */

const COLOUR = "#5ef2b8";
const BAD_COLOUR = "#ff8080";
const RULE_COLOUR = "rgb(126 160 200 / 0.22)";
const SHOWN_MS = 10_000;
const HIGHEST_PIXEL_RATIO = 2;
/** Room above the highest value, as a part of it. */
const HEADROOM = 1.15;

/** The last ten seconds of one number, and what it is now. */
export class Graph {
  element;
  #kind;
  #canvas = el("canvas");
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
  #output = el("output");
  #width_px = 0;
  #height_px = 0;

  /** @param {GraphKind} kind */
  constructor(kind) {
    this.#kind = kind;
    const heading = el("figcaption", {}, el("span", {}, kind.label), this.#output);
    this.element = el("figure", { "data-testid": `net-${kind.name}` }, heading, this.#canvas);
  }

  /**
   * @param {readonly NetSample[]} samples oldest first
   * @param {number} now_ms
   */
  draw(samples, now_ms) {
    const { value, text, bad, bars, top } = this.#kind;
    const values = samples.map(value);
    const latest = values.at(-1) ?? null;
    setText(this.#output, latest === null ? "–" : text(latest));
    this.#output.classList.toggle("bad", latest !== null && bad(latest));
    this.#fit();
    const known = values.filter((each) => each !== null);
    const high = Math.max(top, HEADROOM * Math.max(0, ...known));
    const low = Math.min(0, ...known);
    const y = (/** @type {number} */ each) => this.#height_px * (1 - (each - low) / (high - low)) - 0.5;
    this.#rule(y(0));
    const x = (/** @type {number} */ at_ms) => this.#width_px * (1 - (now_ms - at_ms) / SHOWN_MS);
    const points = samples.flatMap(({ at_ms }, index) => {
      const each = values[index] ?? null;
      return each === null ? [] : [{ x: x(at_ms), y: y(each), bad: bad(each), zero: each === 0 }];
    });
    if (bars) this.#bars(points, y(0));
    else this.#line(points);
  }

  /** As sharp and as large as it is on the screen; cleared in any case. */
  #fit() {
    const ratio = Math.min(HIGHEST_PIXEL_RATIO, window.devicePixelRatio || 1);
    const { clientWidth, clientHeight } = this.#canvas;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    this.#width_px = clientWidth;
    this.#height_px = clientHeight;
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#context.clearRect(0, 0, clientWidth, clientHeight);
  }

  /** @param {number} y */
  #rule(y) {
    this.#context.fillStyle = RULE_COLOUR;
    this.#context.fillRect(0, y - 0.5, this.#width_px, 1);
  }

  /** @param {{ x: number, y: number }[]} points */
  #line(points) {
    const context = this.#context;
    const [first] = points;
    const last = points.at(-1);
    if (first === undefined || last === undefined) return;
    context.beginPath();
    for (const { x, y } of points) context.lineTo(x, y);
    context.strokeStyle = COLOUR;
    context.lineWidth = 1.25;
    context.lineJoin = "round";
    context.stroke();
    context.lineTo(last.x, this.#height_px);
    context.lineTo(first.x, this.#height_px);
    context.fillStyle = "rgb(94 242 184 / 0.12)";
    context.fill();
  }

  /**
   * @param {{ x: number, y: number, bad: boolean, zero: boolean }[]} points
   * @param {number} base
   */
  #bars(points, base) {
    for (const { x, y, bad, zero } of points) {
      if (zero) continue;
      this.#context.fillStyle = bad ? BAD_COLOUR : COLOUR;
      this.#context.fillRect(x - 1, Math.min(y, base), 2, Math.max(1, Math.abs(base - y)));
    }
  }
}
