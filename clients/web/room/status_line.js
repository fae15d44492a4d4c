import { el, setText } from "../ui/dom.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 */

/** Often enough to see it run, seldom enough to read it. */
const UPDATE_MS = 250;

/** The small print of a room: where, when, how fast, how far. */
export class StatusLine {
  element = el("footer", { className: "status", "data-testid": "status" });
  #room;
  #parts = {
    room: el("span"),
    tick: el("span"),
    rate: el("span"),
    ping: el("span"),
  };
  #timer;

  /** @param {Room} room */
  constructor(room) {
    this.#room = room;
    for (const [name, part] of Object.entries(this.#parts)) part.dataset.field = name;
    this.element.append(...Object.values(this.#parts));
    this.#timer = setInterval(() => this.#update(), UPDATE_MS);
    this.#update();
  }

  dispose() {
    clearInterval(this.#timer);
  }

  #update() {
    const { id, state, tickRate_hz, ping_ms } = this.#room;
    setText(this.#parts.room, `room ${id}`);
    setText(this.#parts.tick, `tick ${Math.max(0, state.tick)}`);
    setText(this.#parts.rate, `${tickRate_hz} Hz`);
    setText(this.#parts.ping, ping_ms === null ? "ping –" : `ping ${Math.max(1, Math.round(ping_ms))} ms`);
  }
}
