import { el, fill, setText } from "../ui/dom.js";

/**
 * @typedef {import("./api.js").RoomInfo} RoomInfo
 *
 * @typedef {object} Item
 * @property {HTMLElement} element
 * @property {(room: RoomInfo, title: string) => void} update
 */

/**
 * The rooms that are open now. Items are kept from one update to the next, so a button under the finger, or with the focus,
 * stays what it was.
 */
export class RoomList {
  /** @type {Map<string, Item>} */
  #items = new Map();
  #list = el("ul", { className: "rooms" });
  #empty = el(
    "p",
    { className: "empty" },
    el("strong", {}, "No one is playing yet."),
    " Start the first room, and send its link to a friend.",
  );
  #onJoin;
  #onWatch;

  /** @param {{ onJoin: (room: string) => void, onWatch: (room: string) => void }} options */
  constructor({ onJoin, onWatch }) {
    this.#onJoin = onJoin;
    this.#onWatch = onWatch;
    this.element = el("div", { "data-testid": "room-list", "aria-busy": "true" });
  }

  /**
   * @param {RoomInfo[]} rooms
   * @param {(game: string) => string} titleOf
   */
  update(rooms, titleOf) {
    const sorted = rooms.toSorted((a, b) => b.players - a.players || a.id.localeCompare(b.id));
    const ids = new Set(rooms.map(({ id }) => id));
    for (const [id, item] of this.#items) {
      if (ids.has(id)) continue;
      item.element.remove();
      this.#items.delete(id);
    }
    sorted.forEach((room, index) => {
      const item = this.#items.get(room.id) ?? this.#add(room.id);
      item.update(room, titleOf(room.game));
      const there = this.#list.children[index];
      if (there !== item.element) this.#list.insertBefore(item.element, there ?? null);
    });
    const shown = rooms.length === 0 ? this.#empty : this.#list;
    if (shown.parentElement !== this.element) fill(this.element, shown);
    this.element.setAttribute("aria-busy", "false");
  }

  /** @param {string} id */
  #add(id) {
    const item = roomItem(
      id,
      () => this.#onJoin(id),
      () => this.#onWatch(id),
    );
    this.#items.set(id, item);
    return item;
  }
}

/**
 * @param {string} id
 * @param {() => void} onJoin
 * @param {() => void} onWatch
 * @returns {Item}
 */
function roomItem(id, onJoin, onWatch) {
  const title = el("strong");
  const players = el("span", { className: "seats" });
  const meter = el("span", { className: "meter", "aria-hidden": "true" }, el("span"));
  const rest = el("span", { className: "muted" });
  const join = el(
    "button",
    { type: "button", className: "primary", onclick: onJoin, "data-testid": `join-${id}` },
    "Join",
  );
  const watch = el("button", { type: "button", onclick: onWatch, "data-testid": `watch-${id}` }, "Watch");
  const element = el(
    "li",
    { "data-room": id },
    el(
      "div",
      { className: "what" },
      el("div", {}, title, " ", el("code", {}, id)),
      el("div", { className: "who" }, meter, players, rest),
    ),
    el("div", { className: "row" }, join, watch),
  );
  const update = (/** @type {RoomInfo} */ room, /** @type {string} */ name) => {
    setText(title, name);
    setText(players, `${room.players}/${room.max_players} playing`);
    setText(
      rest,
      [count(room.bots, "bot"), count(room.spectators, "watching", "watching")].filter(Boolean).join(" · "),
    );
    const taken = Math.min(1, room.players / Math.max(1, room.max_players));
    meter.style.setProperty("--taken", `${Math.round(taken * 100)}%`);
    join.setAttribute("aria-label", `Join ${name}, room ${id}`);
    watch.setAttribute("aria-label", `Watch ${name}, room ${id}`);
  };
  return { element, update };
}

/**
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 */
function count(number, one, many = `${one}s`) {
  return number === 0 ? "" : `${number} ${number === 1 ? one : many}`;
}
