import { BACKDROPS } from "../room/views.js";
import { Client, socketUrl } from "../sdk/index.js";
import { el, fill } from "../ui/dom.js";
import { GameWatch } from "./game_watch.js";
import { ticketOf } from "./route.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 */

/** A live fight behind the lobby: one that goes on anyway, or one among bots, into which whoever plays then comes. */
export class Backdrop {
  element = el("div", { className: "backdrop", "aria-hidden": "true", "data-testid": "backdrop" });
  #makeView;
  #watch;
  /** @type {import("../room/views.js").Backdrop|null} */
  #view = null;
  #stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  #listening = new AbortController();

  /**
   * @param {string} game
   * @param {(room: Room) => import("../room/views.js").Backdrop} makeView
   */
  constructor(game, makeView) {
    this.#makeView = makeView;
    this.#watch = new GameWatch({
      game,
      makeClient: () =>
        new Client({ url: socketUrl(window.location), ticket: ticketOf(window.location.search) }),
      onRoom: (room) => this.#show(room),
      onGone: () => this.#hide(),
    });
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => this.#follow(), { signal });
    this.#stillness.addEventListener("change", () => this.#follow(), { signal });
    this.#follow();
  }

  /** The page is gone. */
  dispose() {
    this.#listening.abort();
    this.#watch.stop();
  }

  #follow() {
    if (this.#stillness.matches) this.#watch.stop();
    else if (document.visibilityState === "visible") this.#watch.look();
    else this.#watch.lookAway();
  }

  /** @param {Room} room */
  #show(room) {
    this.#view = this.#makeView(room);
    fill(this.element, this.#view.element);
    room.on("snapshot", () => this.element.classList.add("shown"));
    room.on("lost", () => this.element.classList.remove("shown"));
  }

  #hide() {
    this.element.classList.remove("shown");
    this.#view?.dispose();
    this.#view = null;
    fill(this.element);
  }
}

/**
 * @param {{ name: string }[]} games that are served
 * @returns {Backdrop|null} of the first that has one
 */
export function backdropOf(games) {
  for (const { name } of games) {
    const makeView = BACKDROPS.get(name);
    if (makeView !== undefined) return new Backdrop(name, makeView);
  }
  return null;
}
