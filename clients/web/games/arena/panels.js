import { NetPanel } from "../../net/net_panel.js";
import { el } from "../../ui/dom.js";
import { Hints } from "./hints.js";
import { Hud } from "./hud.js";
import { KillFeed } from "./kill_feed.js";
import { Minimap } from "./minimap.js";
import { PODIUM } from "./rules.js";
import { Podium, Scoreboard } from "./scoreboard.js";
import { SettingsPanel } from "./settings.js";

/**
 * @typedef {import("../../sdk/index.js").Room} Room
 * @typedef {import("./world.js").World} World
 * @typedef {import("./world.js").Body} Body
 */

/** Everything that lies over the picture. */
export class Panels {
  hud = new Hud();
  minimap = new Minimap();
  settings;
  net;
  killFeed;
  hints;
  elements;
  #room;
  #scoreboard;
  #podium = new Podium();
  #listening = new AbortController();

  /**
   * @param {Room} room
   * @param {{ onSettings: () => void, onPick: (player: number) => void }} on
   */
  constructor(room, { onSettings, onPick }) {
    this.#room = room;
    this.net = new NetPanel(room);
    this.settings = new SettingsPanel(onSettings);
    this.killFeed = new KillFeed(room);
    this.hints = new Hints(room.spectating);
    this.#scoreboard = new Scoreboard(room, onPick);
    this.elements = [
      this.hud.element,
      this.#scoreboard.element,
      el(
        "div",
        { className: "arena-corner" },
        el("div", { className: "arena-buttons" }, this.net.button, this.settings.element),
        this.killFeed.element,
      ),
      this.minimap.element,
      this.hints.element,
      this.#podium.element,
      this.net.element,
    ];
    const { signal } = this.#listening;
    window.addEventListener("keyup", ({ code }) => code === "Tab" && this.showScores(false), { signal });
    window.addEventListener("blur", () => this.showScores(false), { signal });
  }

  dispose() {
    this.#listening.abort();
    this.net.dispose();
    this.killFeed.dispose();
    this.hud.dispose();
  }

  /** @param {boolean} all not only the first few */
  showScores(all) {
    this.#scoreboard.showAll(all);
  }

  /**
   * Once for each snapshot.
   *
   * @param {World} world
   * @param {number} tick
   * @param {Body|undefined} shown one's own fighter, or the one that is followed
   */
  update({ arena, own, bodies }, tick, shown) {
    if (arena === null) return;
    const rate_hz = this.#room.tickRate_hz;
    this.hud.update(arena, shown, shown === own, tick, rate_hz);
    this.#scoreboard.update(bodies, arena.leader);
    if (arena.phase === PODIUM)
      this.#podium.show(this.#room, arena, bodies, (arena.ends_at - tick) / rate_hz);
    else this.#podium.hide();
  }
}
