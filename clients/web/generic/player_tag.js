import { playerColour } from "../ui/colours.js";
import { el, setText } from "../ui/dom.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 */

/** A player's name with his colour. */
export class PlayerTag {
  #room;
  #player;
  #name = el("span", { className: "name" });
  #note = el("span", { className: "note" });

  /**
   * @param {Room} room
   * @param {number} player
   */
  constructor(room, player) {
    this.#room = room;
    this.#player = player;
    const dot = el("span", { className: "dot", "aria-hidden": "true" });
    dot.style.background = playerColour(player);
    this.element = el("span", { className: "player-tag" }, dot, this.#name, this.#note);
    this.update();
  }

  update() {
    const player = this.#room.players.get(this.#player);
    setText(this.#name, this.#room.nameOf(this.#player) ?? `player ${this.#player}`);
    const notes = [
      this.#player === this.#room.player ? "you" : "",
      player?.bot ? "bot" : "",
      player?.away ? "away" : "",
    ];
    setText(this.#note, notes.filter(Boolean).join(" "));
    this.element.classList.toggle("away", player?.away ?? false);
  }
}
