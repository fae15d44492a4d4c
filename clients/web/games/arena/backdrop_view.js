import { el } from "../../ui/dom.js";
import { Camera } from "./camera.js";
import { Effects } from "./effects.js";
import { Feedback } from "./feedback.js";
import { Hud } from "./hud.js";
import { Overlay } from "./paint_overlay.js";
import { Scene } from "./scene.js";
import { Sound } from "./sound.js";
import { Watcher } from "./watcher.js";
import { World } from "./world.js";

/**
 * @typedef {import("../../sdk/index.js").Room} Room
 * @typedef {import("./world.js").Body} Body
 */

const LONGEST_FRAME_MS = 100;
/** It is dimmed and behind other things: finer than this costs and gains nothing. */
const PIXEL_RATIO = 1;
/** How slowly the picture follows whom it shows: slower than for those who came to watch. */
const EASE_MS = 700;
/** How far above the middle the shown one is, as a part of the height: below, other things cover the picture. */
const RAISED = 0.27;
/** Whoever is nearer than this to the shown one, in units, is shown with him: it takes two to fight. */
const NEAR = 560;
/** Somebody who is dead for this long has left the picture; it goes on to somebody who fights. */
const DEAD_MS = 900;

/** The fight and nothing else, to be looked past: nothing to read, hear or touch. */
export class BackdropView {
  element = el("canvas", { "data-testid": "arena-backdrop" });
  #room;
  #camera = new Camera();
  #scene = new Scene(this.element, this.#camera, PIXEL_RATIO);
  #effects = new Effects();
  #watcher = new Watcher();
  // On no page: nobody reads what it says.
  #hud = new Hud();
  #world;
  #x = 0;
  #y = 0;
  #placed = false;
  #dead_ms = 0;
  #frame;
  #painted_ms = 0;
  #stops;

  /** @param {Room} room */
  constructor(room) {
    this.#room = room;
    this.#world = new World(room, {
      onRound: () => feedback.newRound(),
      onShot: (body, bullet) => feedback.shot(body, bullet),
      onHurt: (body) => feedback.hurt(body),
      onDash: (body) => feedback.dashed(body),
      onBulletGone: (bullet, x, y, tick) => feedback.bulletGone(bullet, x, y, tick),
    });
    const feedback = new Feedback({
      world: this.#world,
      camera: this.#camera,
      effects: this.#effects,
      sound: new Sound(), // never unlocked: silent
      overlay: new Overlay(),
      hud: this.#hud,
      own: () => null,
      nameOf: () => "",
      shakes: () => false,
    });
    this.#stops = [
      room.on("joined", () => this.#entered()),
      room.on("event", ({ name, data }) => feedback.event(name, data)),
    ];
    this.#frame = requestAnimationFrame((now_ms) => this.#draw(now_ms));
  }

  dispose() {
    cancelAnimationFrame(this.#frame);
    for (const stop of this.#stops) stop();
    this.#hud.dispose();
    this.#scene.dispose();
  }

  /** Perhaps another room: nothing seen so far counts. */
  #entered() {
    this.#world.clear();
    this.#effects.clear();
    this.#camera.jump();
    this.#placed = false;
  }

  /** @param {number} now_ms */
  #draw(now_ms) {
    this.#frame = requestAnimationFrame((next_ms) => this.#draw(next_ms));
    const elapsed_ms = Math.min(LONGEST_FRAME_MS, Math.max(0, now_ms - this.#painted_ms));
    this.#painted_ms = now_ms;
    this.#scene.fit();
    const frame = this.#room.frame(now_ms);
    if (frame === null) return;
    this.#world.advance(frame, elapsed_ms);
    this.#look(elapsed_ms);
    this.#effects.advance(elapsed_ms);
    for (const body of this.#world.bodies.values()) {
      if (body.dashing) this.#effects.ghost(body.x, body.y, body.colour);
    }
    this.#scene.paint(this.#world, this.#effects, { own: undefined, shapes: true, now_ms });
  }

  /** @param {number} elapsed_ms */
  #look(elapsed_ms) {
    const watcher = this.#watcher;
    const body = watcher.advance(this.#world, 0, 0, elapsed_ms);
    this.#dead_ms = body === undefined || body.alive ? 0 : this.#dead_ms + elapsed_ms;
    if (this.#dead_ms > DEAD_MS) watcher.target = null;
    const other = body && this.#nearest(body);
    const part = this.#placed ? 1 - Math.exp(-elapsed_ms / EASE_MS) : 1;
    this.#placed = true;
    this.#x += ((watcher.x + (other?.x ?? watcher.x)) / 2 - this.#x) * part;
    this.#y += ((watcher.y + (other?.y ?? watcher.y)) / 2 - this.#y) * part;
    const raised = (RAISED * this.#camera.height_px) / this.#camera.scale;
    this.#camera.follow(this.#x, this.#y, 0, raised, this.#world.arena?.side ?? 0, elapsed_ms);
  }

  /**
   * @param {Body} body
   * @returns {Body|undefined} the nearest living one near him
   */
  #nearest(body) {
    let nearest;
    let least = NEAR;
    for (const other of this.#world.bodies.values()) {
      const away = Math.hypot(other.x - body.x, other.y - body.y);
      if (other === body || !other.alive || away >= least) continue;
      nearest = other;
      least = away;
    }
    return nearest;
  }
}
