import { playerColour } from "../../ui/colours.js";
import { el } from "../../ui/dom.js";
import { weaponOf } from "./rules.js";

/**
 * @typedef {import("../../sdk/index.js").Room} Room
 * @typedef {{ by: number, who: number, weapon: number, points: number, streak: number }} Kill
 */

const KEPT = 5;
const SHOWN_MS = 6_000;
/** Marks of the weapons, of equal width. */
const MARKS = ["•••", "⁂", "━━"];

/** Who shot whom, the latest at the top. */
export class KillFeed {
  #room;
  /** @type {Set<ReturnType<typeof setTimeout>>} */
  #timers = new Set();

  /** @param {Room} room */
  constructor(room) {
    this.#room = room;
    this.element = el("ol", {
      className: "arena-killfeed",
      "aria-label": "Kills",
      "data-testid": "arena-killfeed",
    });
  }

  /** @param {Kill} kill */
  add({ by, who, weapon, streak }) {
    const mark = el("span", { className: "mark", title: weaponOf(weapon).name }, MARKS[weapon] ?? "•••");
    mark.style.color = weaponOf(weapon).colour;
    const line = el(
      "li",
      { className: by === this.#room.player || who === this.#room.player ? "own" : "" },
      this.#name(by),
      mark,
      this.#name(who),
      streak > 2 ? el("span", { className: "streak" }, `×${streak}`) : null,
    );
    this.element.prepend(line);
    while (this.element.childElementCount > KEPT) this.element.lastElementChild?.remove();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      line.remove();
    }, SHOWN_MS);
    this.#timers.add(timer);
  }

  dispose() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** @param {number} player */
  #name(player) {
    const text = this.#room.nameOf(player) ?? (player === 0 ? "nobody" : `player ${player}`);
    const name = el("span", { className: "name", "data-player": player }, text);
    name.style.color = playerColour(player);
    return name;
  }
}
