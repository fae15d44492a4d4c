import { ServerError } from "../sdk/index.js";
import { el, fill, setText } from "../ui/dom.js";
import { fetchGames, fetchRooms } from "./api.js";
import { backdropOf } from "./backdrop.js";
import { gameCard } from "./game_card.js";
import { LONGEST_NAME, randomName, rememberedName, rememberName } from "./player_name.js";
import { pollWhileVisible } from "./poll.js";
import { RoomList } from "./room_list.js";

/**
 * @typedef {import("./api.js").GameInfo} GameInfo
 *
 * What someone wants to enter.
 * @typedef {{ kind: "play", game: string, options?: object }
 *   | { kind: "join"|"watch", room: string }
 *   | { kind: "resume", room: string, token: string|null }} Wish `resume`: into one's seat there, or else another
 *
 * @typedef {object} LobbyOptions
 * @property {string|null} game the one to show first
 * @property {string|null} invitation the room that the address names, which waits for a name
 * @property {(wish: Wish, name: string) => void} onWish
 */

const POLL_MS = 2_000;

/** Who am I, what shall we play, and who is playing already; behind it, a game that goes on. */
export class LobbyPage {
  /** @type {GameInfo[]} */
  #games = [];
  #game;
  #onWish;
  #name = el("input", {
    id: "name",
    maxLength: LONGEST_NAME,
    autocomplete: "nickname",
    spellcheck: false,
    value: rememberedName() ?? randomName(),
    "data-testid": "name",
    "aria-describedby": "name-error",
  });
  #nameError = el("p", { id: "name-error", className: "error", role: "alert", "data-testid": "name-error" });
  #error = el("p", { className: "error banner", role: "alert", "data-testid": "lobby-error" });
  #cards = el("div", { className: "games" }, el("p", { className: "muted" }, "Looking for games…"));
  #rooms = new RoomList({
    onJoin: (room) => this.#wish({ kind: "join", room }),
    onWatch: (room) => this.#wish({ kind: "watch", room }),
  });
  /** @type {import("./backdrop.js").Backdrop|null} */
  #backdrop = null;
  #busy = false;
  #disposed = false;
  #stop;

  /** @param {LobbyOptions} options */
  constructor({ game, invitation, onWish }) {
    this.#game = game;
    this.#onWish = onWish;
    this.#name.addEventListener("change", () => rememberName(this.#name.value.trim()));
    this.#name.addEventListener("input", () => setText(this.#nameError, ""));
    this.element = el(
      "div",
      { className: "lobby" },
      this.#header(),
      this.#error,
      invitation === null ? null : this.#invitation(invitation),
      el(
        "section",
        { "aria-labelledby": "games-title" },
        el("h2", { id: "games-title" }, "Games"),
        this.#cards,
      ),
      el(
        "section",
        { "aria-labelledby": "rooms-title" },
        el(
          "h2",
          { id: "rooms-title" },
          "Open rooms ",
          el("span", { className: "live", "aria-hidden": "true" }),
        ),
        this.#rooms.element,
      ),
    );
    this.#stop = pollWhileVisible(() => this.#poll(), POLL_MS);
  }

  /** The page is gone. */
  dispose() {
    this.#disposed = true;
    this.#stop();
    this.#backdrop?.dispose();
  }

  /** @param {unknown} error why a wish was not granted */
  showError(error) {
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof ServerError && error.code === "bad_name") {
      setText(this.#nameError, text);
      this.#name.focus();
      this.#name.select();
    } else {
      setText(this.#error, text);
      this.#error.scrollIntoView({ block: "nearest" });
    }
  }

  /** @param {boolean} busy whether a wish is being granted */
  setBusy(busy) {
    this.element.classList.toggle("busy", busy);
    this.element.setAttribute("aria-busy", String(busy));
    this.#busy = busy;
    this.#showBackdrop();
  }

  #header() {
    return el(
      "header",
      { className: "hero" },
      el(
        "div",
        {},
        el("h1", {}, "Play together"),
        el("p", { className: "muted" }, "Pick a game, or join a room that is open."),
      ),
      el(
        "div",
        { className: "name-box" },
        el("label", { for: "name" }, "Your name"),
        this.#name,
        this.#nameError,
      ),
    );
  }

  /** @param {string} room */
  #invitation(room) {
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#wish({ kind: "join", room });
    };
    const watch = () => this.#wish({ kind: "watch", room });
    return el(
      "form",
      { className: "invitation", onsubmit },
      el(
        "p",
        {},
        el("strong", {}, "You're invited"),
        " to room ",
        el("code", {}, room),
        ". Choose your name above, and go in.",
      ),
      el(
        "div",
        { className: "row" },
        el("button", { className: "primary", type: "submit", "data-testid": "accept" }, "Join the room"),
        el("button", { type: "button", onclick: watch }, "Just watch"),
      ),
    );
  }

  /** @param {Wish} wish */
  #wish(wish) {
    setText(this.#error, "");
    setText(this.#nameError, "");
    const name = this.#name.value.trim();
    if (name !== "") rememberName(name);
    this.#onWish(wish, name);
  }

  async #poll() {
    try {
      if (this.#games.length === 0) this.#showGames(await fetchGames());
      const titles = new Map(this.#games.map(({ name, title }) => [name, title]));
      this.#rooms.update(await fetchRooms(), (game) => titles.get(game) ?? game);
      this.element.classList.remove("offline");
    } catch {
      // The next poll may go better; meanwhile the page says that it isn't up to date.
      this.element.classList.add("offline");
      if (this.#games.length === 0) {
        fill(this.#cards, el("p", { className: "muted" }, "The server can't be reached. Trying again…"));
      }
    }
  }

  /** @param {GameInfo[]} games */
  #showGames(games) {
    this.#games = games.toSorted((a, b) => Number(b.name === this.#game) - Number(a.name === this.#game));
    const cards = this.#games.map((game) =>
      gameCard(game, (options) => this.#wish({ kind: "play", game: game.name, options })),
    );
    fill(
      this.#cards,
      ...(cards.length > 0 ? cards : [el("p", { className: "muted" }, "This server has no games.")]),
    );
    this.#showBackdrop();
  }

  /** Last of all, and not for somebody who is on his way into a room. */
  #showBackdrop() {
    if (this.#busy || this.#disposed || this.#backdrop !== null) return;
    this.#backdrop = backdropOf(this.#games);
    if (this.#backdrop !== null) this.element.prepend(this.#backdrop.element);
  }
}
