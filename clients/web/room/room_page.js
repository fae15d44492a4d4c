import { withoutTicket } from "../lobby/route.js";
import { copyText } from "../ui/clipboard.js";
import { el, fill, setText } from "../ui/dom.js";
import { NOTICED_MS } from "../ui/outage.js";
import { toast } from "../ui/toast.js";
import { ChatBox } from "./chat_box.js";
import { Feed } from "./feed.js";
import { leftPanel } from "./left_panel.js";
import { StatusLine } from "./status_line.js";
import { viewFor } from "./views.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("../lobby/api.js").GameInfo} GameInfo
 */

/** A room from inside: the game's view, and around it what every game has. */
export class RoomPage {
  #room;
  #game;
  #view;
  #feed;
  #chat;
  #status;
  #onLobby;
  #onAgain;
  #onTakeBack;
  #roomId = "";
  #code = el("code");
  #audience = el("span", { className: "audience" });
  #badge = el("span", { className: "badge", "data-testid": "spectator-badge" }, "Watching");
  #body = el("div", { className: "room-body" });
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} options
   * @param {Room} options.room
   * @param {GameInfo|undefined} options.game
   * @param {() => void} options.onLobby
   * @param {() => void} options.onAgain another room of the game is wanted
   * @param {() => void} options.onTakeBack the seat that went elsewhere is wanted here
   */
  constructor({ room, game, onLobby, onAgain, onTakeBack }) {
    this.#room = room;
    this.#game = game ?? undescribed(room);
    this.#onLobby = onLobby;
    this.#onAgain = onAgain;
    this.#onTakeBack = onTakeBack;
    this.#feed = new Feed(room, this.#game.events);
    this.#view = viewFor(room, this.#game);
    this.#chat = new ChatBox((text) => room.chat(text), {
      onEscape: () => this.#view.focus(),
    });
    this.#status = new StatusLine(room);
    const social = el(
      "section",
      { className: "social", "aria-label": "What happens" },
      this.#feed.element,
      this.#chat.element,
    );
    fill(this.#body, this.#view.element, el("aside", { className: "side" }, this.#view.aside, social));
    this.element = el("div", { className: "room" }, this.#header(), this.#body, this.#status.element);
    this.#listen();
    this.#entered();
  }

  /** The page can be seen now. */
  start() {
    this.#view.focus();
    if (this.#room.status === "left") this.#left(this.#room.leftReason);
  }

  /** The page is gone. */
  dispose() {
    for (const stop of this.#stops) stop();
    this.#view.dispose();
    this.#feed.dispose();
    this.#chat.dispose();
    this.#status.dispose();
  }

  #listen() {
    const room = this.#room;
    this.#stops = [
      room.on("joined", () => this.#entered()),
      room.on("resumed", ({ lost_ms }) => this.#resumed(lost_ms)),
      room.on("audience", () => this.#showAudience()),
      room.on("error", (error) => toast(error.message)),
      room.on("left", (reason) => this.#left(reason)),
    ];
  }

  #header() {
    const share = el(
      "button",
      { type: "button", "data-testid": "share", onclick: () => void this.#share(share) },
      "Share link",
    );
    const leave = el("button", { type: "button", "data-testid": "leave", onclick: this.#onLobby }, "Leave");
    return el(
      "header",
      { className: "room-header" },
      el(
        "div",
        { className: "where" },
        el("h1", {}, this.#game.title),
        this.#code,
        this.#badge,
        this.#audience,
      ),
      el("div", { className: "row" }, share, leave),
    );
  }

  #entered() {
    const room = this.#room;
    setText(this.#code, room.id);
    this.#badge.hidden = !room.spectating;
    this.element.classList.toggle("spectating", room.spectating);
    this.#showAudience();
    if (this.#roomId !== "") {
      this.#feed.notice(
        this.#roomId === room.id
          ? "You're back."
          : "That room was gone: this is another one of the same game.",
      );
    }
    this.#roomId = room.id;
  }

  /** @param {number} lost_ms */
  #resumed(lost_ms) {
    this.#showAudience();
    if (lost_ms > NOTICED_MS) this.#feed.notice("You're back.");
  }

  #showAudience() {
    const { players, spectators } = this.#room.audience;
    setText(this.#audience, `${players} playing · ${spectators} watching`);
  }

  /** @param {HTMLElement} button */
  async #share(button) {
    const link = withoutTicket(window.location.href);
    if (await copyText(link)) {
      setText(button, "Link copied");
      button.classList.add("done");
      setTimeout(() => {
        setText(button, "Share link");
        button.classList.remove("done");
      }, 2_000);
    } else {
      toast(link, { near: button, kind: "info" });
    }
  }

  /** @param {string} reason */
  #left(reason) {
    this.#view.dispose();
    // A game that ends itself says so by an event of its own, which then is the last.
    const last = reason === "ended" ? this.#feed.latest.at(-1) : undefined;
    const panel = leftPanel({
      reason,
      spectating: this.#room.spectating,
      result: this.#feed.result ?? last ?? null,
      latest: this.#feed.latest,
      onAgain: this.#onAgain,
      onTakeBack: this.#onTakeBack,
      onLobby: this.#onLobby,
    });
    this.#body.append(panel);
    panel.querySelector("button")?.focus();
  }
}

/**
 * A game that the server runs but doesn't describe can still be watched.
 *
 * @param {Room} room
 * @returns {GameInfo}
 */
function undescribed(room) {
  const { game: name, tickRate_hz: tick_rate, schema } = room;
  return {
    name,
    title: name,
    tick_rate,
    max_players: 0,
    schema,
    inputs: {},
    commands: {},
    events: {},
    options: {},
  };
}
