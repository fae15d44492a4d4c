import "../games/twins.js";
import { NetPanel } from "../net/net_panel.js";
import { el } from "../ui/dom.js";
import { CommandsPanel } from "./commands_panel.js";
import { controlsOf, HeldInputs } from "./held_inputs.js";
import { keyHints } from "./key_hints.js";
import { Keyboard } from "./keyboard.js";
import { RowsPanel } from "./rows_panel.js";
import { ScreenControls } from "./screen_controls.js";
import { Stage } from "./stage.js";
import { hasPosition } from "./world_bounds.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("../lobby/api.js").GameInfo} GameInfo
 * @typedef {import("../room/views.js").View} View
 */

/** Rows are read, not watched: ten times a second is plenty. */
const ROWS_INTERVAL_MS = 100;

/**
 * Shows and plays any game, knowing nothing but what the server tells about it.
 *
 * @implements {View}
 */
export class GenericView {
  /** @type {HTMLElement} */
  element;
  /** @type {HTMLElement|null} */
  aside;
  #room;
  #held;
  #rows;
  /** @type {Stage|null} */
  #stage = null;
  /** @type {NetPanel|null} */
  #net = null;
  /** @type {CommandsPanel|null} */
  #commands = null;
  /** @type {(() => void)[]} */
  #stops = [];
  #rowsAt_ms = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #rowsTimer;

  /**
   * @param {Room} room
   * @param {GameInfo} game
   */
  constructor(room, game) {
    this.#room = room;
    this.#held = new HeldInputs(room.spectating ? [] : controlsOf(game.inputs));
    this.#rows = new RowsPanel(room);
    if (Object.values(room.schema).some(hasPosition)) {
      const net = new NetPanel(room);
      this.#net = net;
      this.#stage = new Stage(
        room,
        () => this.#predictedInput(),
        (now_ms) => net.draw(now_ms),
      );
    }
    if (!room.spectating && Object.keys(game.commands).length > 0) {
      this.#commands = new CommandsPanel(room, game.commands, () => this.focus());
    }
    const screen = new ScreenControls(this.#held, () => this.#sendInputs());
    const playing = el(
      "div",
      { className: "playing" },
      this.#stage?.element ?? this.#rows.element,
      screen.pad,
      this.#net?.element,
      this.#net?.button,
    );
    this.element = el(
      "div",
      { className: `generic ${this.#stage === null ? "rows-only" : "with-stage"}` },
      playing,
      keyHints(this.#held.controls),
      screen.sliders,
      this.#commands?.element,
    );
    this.aside = this.#stage === null ? null : this.#rows.element;
    this.#listen();
    this.#entered();
  }

  focus() {
    if (this.#stage !== null) this.#stage.focus();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  dispose() {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    clearTimeout(this.#rowsTimer);
    this.#stage?.stop();
    this.#net?.dispose();
  }

  #listen() {
    const room = this.#room;
    const keyboard = new Keyboard(this.#held, () => this.#sendInputs());
    this.#stops = [
      () => keyboard.dispose(),
      room.on("joined", () => this.#entered()),
      room.on("resumed", () => this.#entered()),
      room.on("snapshot", () => this.#scheduleRows()),
      room.on("presence", () => this.#commands?.updatePlayers()),
    ];
  }

  /** The server holds nothing yet, or any more. */
  #entered() {
    this.#held.forgetSent();
    this.#commands?.updatePlayers();
    this.#scheduleRows();
    this.#sendInputs();
  }

  #sendInputs() {
    const room = this.#room;
    if (room.status !== "joined") return;
    const predicted = room.predictor?.twin.input;
    for (const [name, payload] of this.#held.takeChanges()) {
      if (name === predicted) room.hold(payload);
      else room.input(name, payload);
    }
    // Nothing is drawn any more, so nothing would be sent.
    if (document.hidden) room.flush();
  }

  #predictedInput() {
    const { predictor } = this.#room;
    return predictor === null ? undefined : this.#held.payload(predictor.twin.input);
  }

  #scheduleRows() {
    if (this.#rowsTimer !== undefined) return;
    const wait_ms = Math.max(0, this.#rowsAt_ms + ROWS_INTERVAL_MS - performance.now());
    this.#rowsTimer = setTimeout(() => {
      this.#rowsTimer = undefined;
      this.#rowsAt_ms = performance.now();
      this.#rows.update(this.#room.state);
    }, wait_ms);
  }
}
