import { cos256, ONE_BITS, sin256 } from "../intmath.js";
import { BULLET_RADIUS, bulletsOf, FIGHTER_RADIUS, SUB, weaponOf } from "./rules.js";

/**
 * @typedef {import("../../sdk/netcode.js").Frame} Frame
 * @typedef {import("./rules.js").BulletRow} BulletRow
 * @typedef {import("./world.js").World} World
 *
 * A bullet's straight line as it is drawn, at a tick of its own.
 * @typedef {{ x: number, y: number, vx: number, vy: number, born: number, weapon: number, tick: number }} Flight
 *
 * @typedef {object} Shot one bullet that one fired
 * @property {BulletRow} fired as it left the muzzle here
 * @property {number|null} id the server's bullet; null until it is known
 * @property {boolean} played whether drawn time has come to the server's bullet
 * @property {number} matched_tick when it was known, on the own count of ticks
 * @property {Flight} flight
 */

/** How far from the middle of a fighter a bullet starts, in sixteenths. */
const MUZZLE = (FIGHTER_RADIUS - 1) * SUB;
/** Ticks in which a bullet goes over from the line that was predicted to the server's. */
const BLEND_TICKS = 4.5;
/** An own bullet flies at this part of its speed until it is where everyone else is drawn. */
const SLOWED = 0.6;
/** A bullet of the server's that was born so many ticks from when it was fired here is not the same. */
const FARTHEST_TICKS = 6;

/**
 * One's own bullets, from the frame of the trigger on.
 *
 * Oneself is drawn ahead of the server, everyone else behind it. A bullet that flew in one's own time would be through its
 * target before the server decides that it hit; one that flew in everyone else's would leave the gun a fifth of a second
 * after the trigger, where one doesn't stand any more. So it begins in one's own time, at the muzzle as it is drawn, and
 * goes over into everyone else's: at 60 % of its speed until the lead is used up. From there on it is the server's bullet,
 * to the pixel, and what it hits is hit where it is seen. If that is closer than where both times meet, it waits there,
 * unseen, for the server's word.
 */
export class OwnShots {
  /** To be painted. @type {Flight[]} */
  flights = [];
  /** The server's bullets that are painted as one of these. @type {Set<number>} */
  known = new Set();
  /** @type {Shot[]} Oldest first. */
  #shots = [];
  /** The newest of the server's own bullets that was looked at. */
  #seen_id = 0;
  #own_tick = 0;

  clear() {
    this.#shots = [];
    this.flights = [];
    this.known.clear();
    this.#seen_id = 0;
  }

  /**
   * @param {number} weapon
   * @param {number} aim
   * @param {number} x where one is drawn, in sixteenths
   * @param {number} y
   */
  fire(weapon, aim, x, y) {
    const { speed, fan } = weaponOf(weapon);
    for (const step of fan) {
      const [cosine, sine] = [cos256(aim + step), sin256(aim + step)];
      const fired = {
        x: x + ((MUZZLE * cosine) >> ONE_BITS),
        y: y + ((MUZZLE * sine) >> ONE_BITS),
        vx: (speed * cosine) >> ONE_BITS,
        vy: (speed * sine) >> ONE_BITS,
        born: this.#own_tick,
        owner: 0,
        weapon,
      };
      const flight = { ...fired, tick: this.#own_tick };
      this.#shots.push({ fired, id: null, played: false, matched_tick: 0, flight });
    }
  }

  /**
   * Finds the server's bullets for those that were fired here: both come in the same order.
   *
   * @param {Frame} frame
   * @param {World} world
   */
  match({ own_tick }, { newest, own }) {
    if (own_tick === null) {
      this.clear();
      return;
    }
    this.#own_tick = own_tick;
    for (const [id, bullet] of bulletsOf(newest)) {
      if (id <= this.#seen_id || bullet.owner !== own?.id) continue;
      this.#seen_id = id;
      const shot = this.#shots.find(
        (each) =>
          each.id === null &&
          each.fired.weapon === bullet.weapon &&
          Math.abs(each.fired.born - bullet.born) <= FARTHEST_TICKS,
      );
      if (shot === undefined) continue;
      shot.id = id;
      shot.matched_tick = own_tick;
      this.known.add(id);
    }
  }

  /**
   * Moves them on; those that are over go.
   *
   * @param {Frame} frame
   * @param {World} world
   */
  advance(frame, world) {
    this.flights = [];
    const bullets = bulletsOf(world.newest);
    const played = bulletsOf(frame.to);
    this.#shots = this.#shots.filter((shot) => {
      if (isOver(shot, frame.tick, played)) {
        if (shot.id !== null) this.known.delete(shot.id);
        return false;
      }
      place(shot, frame, shot.id === null ? undefined : (bullets.get(shot.id) ?? played.get(shot.id)));
      if (!isStopped(shot.flight, world)) this.flights.push(shot.flight);
      return true;
    });
  }
}

/**
 * @param {Shot} shot
 * @param {number} tick that is drawn of everyone else
 * @param {ReadonlyMap<number, BulletRow>} played the bullets of that time
 */
function isOver(shot, tick, played) {
  const there = shot.id !== null && played.has(shot.id);
  shot.played ||= there;
  // The server's may have ended in the tick in which it began; or there was none.
  return shot.played ? !there : tick > shot.fired.born + FARTHEST_TICKS;
}

/**
 * @param {Shot} shot
 * @param {Frame} frame
 * @param {BulletRow|undefined} bullet the server's
 */
function place({ fired, matched_tick, flight }, { tick, own_tick }, bullet) {
  const now = own_tick ?? tick;
  const lead = Math.max(0, now - tick);
  // What is left of the lead, if it is used up at the rate by which the bullet is slowed.
  const left = Math.max(0, lead - (now - fired.born) * (1 - SLOWED));
  flight.tick = tick + left;
  if (bullet === undefined) return;
  const part = Math.min(1, (now - matched_tick) / BLEND_TICKS);
  // Both are lines, so anything between them is one, too.
  const start = (/** @type {"x"|"y"} */ at, /** @type {"vx"|"vy"} */ speed) => {
    const here = fired[at] - fired[speed] * fired.born;
    return here + (bullet[at] - bullet[speed] * bullet.born - here) * part;
  };
  flight.vx = fired.vx + (bullet.vx - fired.vx) * part;
  flight.vy = fired.vy + (bullet.vy - fired.vy) * part;
  flight.x = start("x", "vx") + flight.vx * flight.born;
  flight.y = start("y", "vy") + flight.vy * flight.born;
}

/**
 * @param {Flight} flight
 * @param {World} world
 * @returns {boolean} whether it has met something, as far as can be seen, on which the server hasn't spoken yet
 */
function isStopped({ x, y, vx, vy, born, tick }, { frame, arena, obstacles, bodies, own }) {
  // Where both times have met, the server's word is what is drawn.
  if (frame === null || arena === null || tick - frame.tick < 0.01) return false;
  const [atX, atY] = [(x + vx * (tick - born)) / SUB, (y + vy * (tick - born)) / SUB];
  const within = (/** @type {{ x: number, y: number }} */ at, /** @type {number} */ reach) =>
    (at.x - atX) ** 2 + (at.y - atY) ** 2 < reach * reach;
  if (atX < 0 || atY < 0 || atX > arena.side || atY > arena.side) return true;
  if (obstacles.some((obstacle) => within(obstacle, obstacle.radius))) return true;
  for (const body of bodies.values()) {
    if (body !== own && body.alive && within(body, FIGHTER_RADIUS + BULLET_RADIUS)) return true;
  }
  return false;
}
