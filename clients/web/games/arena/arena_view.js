import "../twins.js";
import { el } from "../../ui/dom.js";
import { NOTICED_MS } from "../../ui/outage.js";
import { Camera } from "./camera.js";
import { Controls } from "./controls.js";
import { Effects } from "./effects.js";
import { Feedback } from "./feedback.js";
import { LocalGun } from "./gun.js";
import { Overlay } from "./paint_overlay.js";
import { Panels } from "./panels.js";
import { arenaOf, PODIUM, SUB } from "./rules.js";
import { Scene, tellPlace } from "./scene.js";
import { Sound } from "./sound.js";
import { Watcher } from "./watcher.js";
import { World } from "./world.js";

/**
 * @typedef {import("../../sdk/index.js").Room} Room
 * @typedef {import("../../sdk/state.js").State} State
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
  #gun = new LocalGun();
  #world;
  #feedback;
  #controls;
  #frame = 0;
  #painted_ms = 0;
  /** @type {State|null} The latest that the page was told of. */
  #told = null;
  #stops;

  /** @param {Room} room */
  constructor(room) {
    loadStyles();
    this.#room = room;
    this.#panels = new Panels(room, {
      onSettings: () => this.#applySettings(),
      onPick: (player) => this.#watcher.follow(player),
    });
    this.#world = new World(room, {
      onRound: () => this.#feedback.newRound(),
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
      onChange: () => this.#act(),
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
      // Long after what was drawn last, it would all come to light in one frame: every shot and every wound.
      room.on("resumed", ({ lost_ms }) => {
        if (lost_ms > NOTICED_MS) this.#entered();
      }),
      room.on("event", ({ name, data }) => {
        if (name === "killed") this.#panels.killFeed.add(/** @type {any} */ (data));
        this.#feedback.event(name, data);
      }),
    ];
  }

  /** Another seat, perhaps in another room, or long after: nothing seen so far counts. */
  #entered() {
    this.#world.clear();
    this.#effects.clear();
    this.#overlay.clear();
    this.#camera.jump();
  }

  /** @param {string} code of a key that steers nothing */
  #key(code) {
    switch (code) {
      case "Tab":
        // Elsewhere Tab goes on from control to control, as always. A control that was clicked leaves the focus to the body.
        if (document.activeElement !== this.#canvas && document.activeElement !== document.body) return false;
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

  /** Takes in what is held, and fires one's own gun. */
  #act() {
    const room = this.#room;
    if (room.spectating || room.status !== "joined") return;
    const steer = this.#steer();
    room.hold(steer);
    // Nothing is drawn any more, so nothing would be sent.
    if (document.hidden) room.flush();
    if (steer.dx !== 0 || steer.dy !== 0) this.#panels.hints.used("move");
    if (steer.dash) this.#panels.hints.used("dash");
    if (steer.fire) this.#panels.hints.used("fire");
    const { own, predicted, newest, shots, frame } = this.#world;
    if (own === undefined || predicted === null || frame === null) return;
    own.aim = this.#controls.angle;
    // What is pressed now counts in the tick after the one that is drawn.
    const tick = Math.floor(frame.own_tick ?? frame.to.tick) + 1;
    // Whether one lives, and the round goes on, counts as the server last said: it may not be drawn yet.
    if (!this.#gun.goesOff(steer.fire, predicted, arenaOf(newest)?.phase ?? PODIUM, tick)) return;
    this.#feedback.ownShot(own, own.aim);
    shots.fire(own.row.weapon, steer.aim, Math.round(own.x * SUB), Math.round(own.y * SUB));
  }

  /** What the player holds, aimed from where his fighter is on the screen. */
  #steer() {
    const own = this.#world.own;
    return this.#controls.read(
      this.#camera.screenX(own?.x ?? this.#camera.x),
      this.#camera.screenY(own?.y ?? this.#camera.y),
    );
  }

  /** @param {number} now_ms */
  #draw(now_ms) {
    this.#frame = requestAnimationFrame((next_ms) => this.#draw(next_ms));
    const elapsed_ms = Math.min(LONGEST_FRAME_MS, Math.max(0, now_ms - this.#painted_ms));
    this.#painted_ms = now_ms;
    this.#scene.fit();
    const frame = this.#room.frame(now_ms, this.#room.spectating ? undefined : { ...this.#steer() });
    if (frame === null) return;
    this.#world.advance(frame, elapsed_ms);
    this.#look(elapsed_ms);
    this.#act();
    this.#effects.advance(elapsed_ms);
    this.#overlay.advance(elapsed_ms);
    for (const body of this.#world.bodies.values()) {
      if (body.dashing) this.#effects.ghost(body.x, body.y, body.colour);
    }
    const followed = this.#world.own ?? this.#world.bodies.get(this.#watcher.target ?? 0);
    this.#scene.paint(this.#world, this.#effects, {
      own: followed,
      shapes: this.#panels.settings.settings.shapes,
      now_ms: this.#panels.settings.calm ? 0 : now_ms,
    });
    const { pointerX, pointerY } = this.#controls;
    this.#scene.paintMarks(this.#world, this.#effects, this.#overlay, { own: followed, pointerX, pointerY });
    const { obstacles } = this.#world;
    this.#panels.minimap.paint(this.#world, this.#camera, obstacles, followed?.id ?? null, now_ms);
    this.#panels.net.draw(now_ms);
    // What the page says besides the picture changes with the snapshots only.
    if (frame.to === this.#told) return;
    this.#told = frame.to;
    this.#panels.update(this.#world, frame.tick, followed);
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
}

function loadStyles() {
  if (document.querySelector(`link[href="${STYLES}"]`) !== null) return;
  document.head.append(el("link", { rel: "stylesheet", href: STYLES }));
}
