import { PICKUPS, SUB, weaponOf } from "./rules.js";

/**
 * @typedef {import("./camera.js").Camera} Camera
 * @typedef {import("./effects.js").Effects} Effects
 * @typedef {import("./sound.js").Sound} Sound
 * @typedef {import("./paint_overlay.js").Overlay} Overlay
 * @typedef {import("./hud.js").Hud} Hud
 * @typedef {import("./world.js").World} World
 * @typedef {import("./world.js").Body} Body
 * @typedef {import("./rules.js").BulletRow} BulletRow
 * @typedef {import("./kill_feed.js").Kill} Kill
 *
 * @typedef {object} Means
 * @property {World} world
 * @property {Camera} camera
 * @property {Effects} effects
 * @property {Sound} sound
 * @property {Overlay} overlay
 * @property {Hud} hud
 * @property {() => number|null} own one's own player id
 * @property {(player: number) => string} nameOf
 * @property {() => boolean} shakes whether the picture may shake
 */

/** Hits closer together than this make a rising row of ticks. */
const COMBO_MS = 1_200;
/** Units from which on nothing is heard. */
const HEARING = 900;

/** What happens, as light, sound and shaking. */
export class Feedback {
  #means;
  #combo = 0;
  #hit_ms = 0;

  /** @param {Means} means */
  constructor(means) {
    this.#means = means;
  }

  /**
   * @param {string} name
   * @param {any} data its shape is the rules'
   */
  event(name, data) {
    switch (name) {
      case "hit":
        return this.#hit(data);
      case "killed":
        return this.#killed(data);
      case "picked":
        return this.#picked(data);
      case "round_began":
        this.#means.hud.say("Fight!");
        return this.#means.sound.round();
      case "round_ended":
        return this.#means.sound.round();
    }
  }

  /** Another map: nothing leads there from the last. */
  newRound() {
    this.#means.effects.clear();
    this.#means.camera.jump();
  }

  /**
   * One's own gun, in the same frame as the trigger.
   *
   * @param {Body} body
   * @param {number} angle
   */
  ownShot(body, angle) {
    const { effects, sound } = this.#means;
    body.recoil = 1;
    effects.muzzle(body.x, body.y, angle, weaponOf(body.row.weapon).colour);
    sound.shot(body.row.weapon);
    this.#shake(body.row.weapon === 0 ? 1.2 : 4);
  }

  /**
   * @param {Body} body
   * @param {BulletRow} bullet
   */
  shot(body, bullet) {
    const { camera, effects, sound } = this.#means;
    body.recoil = 1;
    const angle = Math.atan2(bullet.vy, bullet.vx);
    if (camera.sees(body.x, body.y, 40))
      effects.muzzle(body.x, body.y, angle, weaponOf(bullet.weapon).colour);
    const place = this.#place(body.x, body.y, 0.4);
    if (place !== null) sound.shot(bullet.weapon, place);
  }

  /** @param {Body} body */
  hurt(body) {
    body.flash = 1;
  }

  /** @param {Body} body */
  dashed(body) {
    const place = this.#place(body.x, body.y, body.id === this.#means.own() ? 1 : 0.5);
    if (place !== null) this.#means.sound.dash(place);
  }

  /**
   * @param {BulletRow} bullet
   * @param {number} x
   * @param {number} y
   * @param {number} tick
   */
  bulletGone(bullet, x, y, tick) {
    const { camera, effects } = this.#means;
    if (!camera.sees(x, y, 30)) return;
    const { life_ticks, colour } = weaponOf(bullet.weapon);
    const spent = tick - bullet.born >= life_ticks;
    effects.sparks(x, y, colour, spent ? 2 : 7, spent ? 0.08 : 0.3);
  }

  /**
   * Told to the shooter and to the one who was hit.
   *
   * @param {{ by: number, who: number, damage: number, x: number, y: number }} hit
   */
  #hit({ by, who, damage, x, y }) {
    const { world, effects, sound, overlay, own } = this.#means;
    if (by === own() && who !== by) {
      const now_ms = performance.now();
      this.#combo = now_ms - this.#hit_ms < COMBO_MS ? this.#combo + 1 : 0;
      this.#hit_ms = now_ms;
      effects.text(x / SUB, y / SUB, String(damage), "#ffe9a8");
      overlay.markHit(false);
      sound.hit(this.#combo);
    }
    const me = world.own;
    if (who !== own() || me === undefined) return;
    const from = world.bodies.get(by);
    overlay.wound(Math.atan2((from?.y ?? y / SUB) - me.y, (from?.x ?? x / SUB) - me.x));
    sound.hurt();
    this.#shake(3 + damage / 8);
  }

  /** @param {Kill} kill */
  #killed({ by, who, points, streak }) {
    const { world, effects, sound, overlay, hud, own, nameOf } = this.#means;
    const body = world.bodies.get(who);
    if (body !== undefined) {
      effects.burst(body.x, body.y, body.colour);
      const place = this.#place(body.x, body.y, 0.7);
      if (place !== null) sound.blast(place);
    }
    if (who === own()) {
      sound.die();
      this.#shake(14);
      const killer = world.bodies.get(by);
      if (by !== who && killer !== undefined) hud.say("Shot by", nameOf(by), killer.colour);
    } else if (by === own()) {
      overlay.markHit(true);
      sound.kill();
      this.#shake(7);
      hud.say(streak > 1 ? `+${points} ×${streak}` : `+${points}`, nameOf(who), body?.colour);
    }
  }

  /** @param {{ kind: number }} picked by oneself */
  #picked({ kind }) {
    const { world, effects, sound } = this.#means;
    sound.pickup();
    const { name, colour } = PICKUPS[kind] ?? { name: "", colour: "#fff" };
    const me = world.own;
    if (me === undefined) return;
    effects.text(me.x, me.y - 8, name, colour);
    effects.ring(me.x, me.y, colour, 44);
  }

  /** @param {number} strength */
  #shake(strength) {
    if (this.#means.shakes()) this.#means.camera.shake(strength);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} gain
   * @returns {import("./sound.js").Place|null} null: too far away
   */
  #place(x, y, gain) {
    const { camera } = this.#means;
    const near = 1 - Math.hypot(x - camera.x, y - camera.y) / HEARING;
    return near <= 0 ? null : { gain: gain * near * near, pan: ((x - camera.x) / HEARING) * 1.2 };
  }
}
