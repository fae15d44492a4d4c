import { Timeline } from "../../sdk/index.js";
import { el } from "../../ui/dom.js";
import { Camera } from "./camera.js";
import { Controls } from "./controls.js";
import { Effects } from "./effects.js";
import { Feedback } from "./feedback.js";
import { LocalGun, TickClock } from "./gun.js";
import { layoutOf } from "./layout.js";
import { Overlay } from "./paint_overlay.js";
import { Panels } from "./panels.js";
import { PODIUM } from "./rules.js";
import { Scene, tellPlace } from "./scene.js";
import { Sound } from "./sound.js";
import { SteerSender } from "./steer.js";
import { Watcher } from "./watcher.js";
import { World } from "./world.js";

/**
 * @typedef {import("../../sdk/index.js").Room} Room
 * @typedef {import("../../sdk/state.js").State} State
 * @typedef {import("./layout.js").Circle} Circle
 */

/** A click this near to a fighter, in CSS pixels, means him. */
const PICK_PX = 44;
const LONGEST_FRAME_MS = 100;
const STYLES = new URL("arena.css", import.meta.url).href;

/** The client of the arena. */
export class ArenaView {
  aside = null;
  #room;
  #canvas = el("canvas", { tabIndex: 0, "data-testid": "arena-canvas", "aria-label": "The arena" });
  #camera = new Camera();
  #scene = new Scene(this.#canvas, this.#camera);
  #effects = new Effects();
  #overlay = new Overlay();
  #sound = new Sound();
  #watcher = new Watcher();
  #panels;
  #sender = new SteerSender();
  #gun = new LocalGun();
  #timeline;
  #clock;
  #world;
  #feedback;
  #controls;
  /** @type {Circle[]} */
  #obstacles = [];
  #map = "";
  #frame = 0;
  #painted_ms = 0;
  /** @type {State|null} The latest that the page was told of. */
  #told = null;
  #stops;

  /** @param {Room} room */
  constructor(room) {
    loadStyles();
    this.#room = room;
    this.#timeline = new Timeline(room.tickRate_hz);
    this.#clock = new TickClock(room.tickRate_hz);
    this.#panels = new Panels(room, {
      onSettings: () => this.#applySettings(),
      onPick: (player) => this.#watcher.follow(player),
    });
    this.#world = new World(room, {
      onShot: (body, bullet) => this.#feedback.shot(body, bullet),
      onHurt: (body) => this.#feedback.hurt(body),
      onDash: (body) => this.#feedback.dashed(body),
      onBulletGone: (bullet, x, y, tick) => this.#feedback.bulletGone(bullet, x, y, tick),
    });
    this.#feedback = new Feedback({
      world: this.#world,
      camera: this.#camera,
      effects: this.#effects,
      sound: this.#sound,
      overlay: this.#overlay,
      hud: this.#panels.hud,
      own: () => room.player,
      nameOf: (player) => room.nameOf(player) ?? `player ${player}`,
      shakes: () => this.#panels.settings.settings.shake && !this.#panels.settings.calm,
    });
    this.#controls = new Controls(this.#canvas, {
      onChange: () => this.#act(performance.now()),
      onGesture: () => this.#sound.unlock(),
      onPoint: (x, y) => this.#pointed(x, y),
      onKey: (code) => this.#key(code),
    });
    this.#panels.hud.onLastSecond = () => this.#sound.tick();
    this.element = el(
      "div",
      { className: `arena${room.spectating ? " watching" : ""}`, "data-testid": "arena" },
      this.#canvas,
      room.spectating ? null : this.#controls.touch.element,
      ...this.#panels.elements,
    );
    if (window.matchMedia("(hover: none)").matches) document.body.classList.add("touch");
    if (room.state.tick >= 0) this.#snapshot(room.state);
    this.#stops = this.#listen();
    this.#applySettings();
    this.#frame = requestAnimationFrame((now_ms) => this.#draw(now_ms));
  }

  focus() {
    this.#canvas.focus({ preventScroll: true });
  }

  dispose() {
    cancelAnimationFrame(this.#frame);
    for (const stop of this.#stops) stop();
    this.#controls.dispose();
    this.#panels.dispose();
    this.#scene.dispose();
    this.#sound.dispose();
  }

  #listen() {
    const room = this.#room;
    return [
      room.on("joined", () => this.#entered()),
      room.on("snapshot", (state) => this.#snapshot(state)),
      room.on("lost", () => this.#controls.release()),
      room.on("event", ({ name, data }) => {
        if (name === "killed") this.#panels.killFeed.add(/** @type {any} */ (data));
        this.#feedback.event(name, data);
      }),
    ];
  }

  /** Another seat, perhaps in another room: nothing seen so far counts. */
  #entered() {
    this.#timeline = new Timeline(this.#room.tickRate_hz);
    this.#clock = new TickClock(this.#room.tickRate_hz);
    this.#world.clear();
    this.#effects.clear();
    this.#overlay.clear();
    this.#sender.forget();
    this.#camera.jump();
  }

  /** @param {State} state */
  #snapshot(state) {
    const now_ms = performance.now();
    this.#timeline.push(state, now_ms);
    this.#clock.hear(state.tick, now_ms);
  }

  /** @param {string} code of a key that steers nothing */
  #key(code) {
    switch (code) {
      case "Tab":
        // Elsewhere Tab goes on from control to control, as always.
        if (document.activeElement !== this.#canvas) return false;
        this.#panels.showScores(true);
        return true;
      case "KeyQ":
      case "KeyE":
        if (!this.#room.spectating) return false;
        this.#watcher.step(this.#world, code === "KeyE" ? 1 : -1);
        this.#panels.hints.used("follow");
        return true;
      case "Escape":
        if (!this.#panels.settings.close()) return false;
        this.focus();
        return true;
      case "Enter": {
        const chat = document.querySelector(".chat-box input");
        if (chat instanceof HTMLElement) chat.focus();
        return chat !== null;
      }
      default:
        return false;
    }
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #pointed(x, y) {
    this.#panels.settings.close();
    if (!this.#room.spectating) return;
    for (const body of this.#world.bodies.values()) {
      const away = Math.hypot(this.#camera.screenX(body.x) - x, this.#camera.screenY(body.y) - y);
      if (!body.alive || away > PICK_PX) continue;
      this.#watcher.follow(body.id);
      this.#panels.hints.used("follow");
      return;
    }
  }

  #applySettings() {
    this.#sound.setVolume(this.#panels.settings.settings.volume);
    this.#effects.calm = this.#panels.settings.calm;
  }

  /**
   * Sends what is steered if it changed, and fires one's own gun.
   *
   * @param {number} now_ms
   */
  #act(now_ms) {
    const room = this.#room;
    if (room.spectating || room.status !== "joined") return;
    const own = this.#world.own;
    const steer = this.#controls.read(
      this.#camera.screenX(own?.x ?? this.#camera.x),
      this.#camera.screenY(own?.y ?? this.#camera.y),
    );
    if (this.#sender.isDue(steer, now_ms)) room.input("steer", { ...steer });
    if (steer.dx !== 0 || steer.dy !== 0) this.#panels.hints.used("move");
    if (steer.dash) this.#panels.hints.used("dash");
    if (own === undefined) return;
    own.aim = this.#controls.angle;
    const phase = this.#world.arena?.phase ?? PODIUM;
    if (!this.#gun.goesOff(steer.fire, own.row, phase, this.#clock.tick(now_ms))) return;
    this.#feedback.ownShot(own, own.aim);
    this.#panels.hints.used("fire");
  }

  /** @param {number} now_ms */
  #draw(now_ms) {
    this.#frame = requestAnimationFrame((next_ms) => this.#draw(next_ms));
    const elapsed_ms = Math.min(LONGEST_FRAME_MS, Math.max(0, now_ms - this.#painted_ms));
    this.#painted_ms = now_ms;
    this.#scene.fit();
    const sample = this.#timeline.sample(now_ms);
    if (sample === null) return;
    this.#world.advance(sample, elapsed_ms);
    this.#buildMap();
    this.#look(elapsed_ms);
    this.#act(performance.now());
    this.#effects.advance(elapsed_ms);
    this.#overlay.advance(elapsed_ms);
    for (const body of this.#world.bodies.values()) {
      if (body.dashing) this.#effects.ghost(body.x, body.y, body.colour);
    }
    const followed = this.#world.own ?? this.#world.bodies.get(this.#watcher.target ?? 0);
    this.#scene.paint(this.#world, this.#effects, this.#overlay, {
      obstacles: this.#obstacles,
      own: followed,
      pointerX: this.#controls.pointerX,
      pointerY: this.#controls.pointerY,
      shapes: this.#panels.settings.settings.shapes,
      now_ms: this.#panels.settings.calm ? 0 : now_ms,
    });
    this.#panels.minimap.paint(this.#world, this.#camera, this.#obstacles, followed?.id ?? null, now_ms);
    // What the page says besides the picture changes with the snapshots only.
    if (sample.to === this.#told) return;
    this.#told = sample.to;
    this.#panels.update(this.#world, sample.tick, followed);
    tellPlace(this.element, this.#world, this.#camera);
  }

  /** @param {number} elapsed_ms */
  #look(elapsed_ms) {
    const side = this.#world.arena?.side ?? 0;
    const { own } = this.#world;
    if (own !== undefined) {
      const [leadX, leadY] = this.#panels.settings.calm ? [0, 0] : this.#controls.lead();
      const { scale } = this.#camera;
      this.#camera.follow(own.x, own.y, leadX / scale, leadY / scale, side, elapsed_ms);
      return;
    }
    const { dx, dy } = this.#controls.read(0, 0);
    if (dx !== 0 || dy !== 0) this.#panels.hints.used("roam");
    this.#watcher.advance(this.#world, dx, dy, elapsed_ms);
    this.#camera.follow(this.#watcher.x, this.#watcher.y, 0, 0, side, elapsed_ms);
  }

  #buildMap() {
    const arena = this.#world.arena;
    if (arena === null) return;
    const map = `${arena.map_seed} ${arena.side}`;
    if (map === this.#map) return;
    this.#map = map;
    this.#obstacles = layoutOf(arena.map_seed, arena.side).obstacles;
  }
}

function loadStyles() {
  if (document.querySelector(`link[href="${STYLES}"]`) !== null) return;
  document.head.append(el("link", { rel: "stylesheet", href: STYLES }));
}
