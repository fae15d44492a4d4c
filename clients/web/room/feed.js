import { playerColour } from "../ui/colours.js";
import { el } from "../ui/dom.js";
import { eventParts, presenceParts } from "./event_text.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("./event_text.js").Part} Part
 * @typedef {import("../forms/json_schema.js").JsonSchema} JsonSchema
 */

const KEPT = 200;
const LATEST = 4;

/** Events, chat and comings and goings of a room, the newest at the bottom. */
export class Feed {
  /** @type {Part[]|null} What the game said at its end, if it did. */
  result = null;
  /** @type {Part[][]} The last few events. */
  latest = [];

  #room;
  #events;
  #list = el("ol");
  #stops;

  /**
   * @param {Room} room
   * @param {Record<string, JsonSchema>} events
   */
  constructor(room, events) {
    this.#room = room;
    this.#events = events;
    this.element = el(
      "div",
      { className: "feed", role: "log", tabIndex: 0, "aria-label": "Events and chat", "data-testid": "feed" },
      this.#list,
    );
    this.#stops = [
      room.on("event", (event) => this.#event(event)),
      room.on("chat", ({ player, name, text }) =>
        this.#add("chat", [{ text: name, player: player ?? undefined }, { text: ` ${text}` }]),
      ),
      room.on("presence", (presence) => {
        const parts = presenceParts(presence);
        if (parts !== null) this.#add("presence", parts, { "data-change": presence.change });
      }),
    ];
  }

  dispose() {
    for (const stop of this.#stops) stop();
  }

  /** @param {string} text what the page has to say */
  notice(text) {
    this.#add("notice", [{ text }]);
  }

  /** @param {import("../sdk/messages.js").GameEvent} event */
  #event(event) {
    const schema = this.#events[event.name];
    const nameOf = (/** @type {number} */ player) => this.#room.nameOf(player);
    const result = event.name === "end" && schema === undefined ? resultOf(event.data) : null;
    const parts = eventParts(result === null ? event : { name: "result", data: result }, schema, nameOf);
    if (event.name === "end") this.result = parts;
    this.latest = [...this.latest, parts].slice(-LATEST);
    this.#add("event", parts);
  }

  /**
   * @param {"event"|"chat"|"presence"|"notice"} kind
   * @param {Part[]} parts
   * @param {Record<string, string>} [props] of the line
   */
  #add(kind, parts, props = {}) {
    const { element } = this;
    // Whoever scrolled up is reading: don't pull the text away.
    const following = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
    this.#list.append(el("li", { className: kind, ...props }, ...partNodes(parts)));
    while (this.#list.childElementCount > KEPT) this.#list.firstElementChild?.remove();
    if (following) element.scrollTop = element.scrollHeight;
  }
}

/**
 * The engine's own event at the end of a game holds whatever the game called its result.
 *
 * @param {Record<string, unknown>} data
 * @returns {Record<string, unknown>|null}
 */
function resultOf({ result }) {
  if (result === null || result === undefined) return null;
  return typeof result === "object" && !Array.isArray(result) ? { ...result } : { is: result };
}

/**
 * @param {Part[]} parts
 * @returns {(Node|string)[]}
 */
export function partNodes(parts) {
  return parts.map(({ text, player }) => {
    if (player === undefined) return text;
    const name = el("span", { className: "player", "data-player": player }, text);
    name.style.color = playerColour(player);
    return name;
  });
}
