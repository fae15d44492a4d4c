import { PODIUM, weaponOf } from "./rules.js";

/**
 * @typedef {import("./rules.js").FighterRow} FighterRow
 */

/**
 * Knows when one's own gun goes off without waiting for the server: the trigger, the local clock and the deadline in the
 * own row say so. It falls into the server's rhythm as that deadline moves.
 */
export class LocalGun {
  #next_tick = 0;

  /**
   * @param {boolean} trigger
   * @param {FighterRow|undefined} own
   * @param {number} phase of the round
   * @param {number} tick on the local clock, fractional
   * @returns {boolean} whether a shot goes off now
   */
  goesOff(trigger, own, phase, tick) {
    if (!trigger || own === undefined || own.hp === 0 || phase === PODIUM) return false;
    // A clock that was set back (another room) must not silence the gun.
    const cooldown = weaponOf(own.weapon).cooldown_ticks;
    if (this.#next_tick > tick + cooldown) this.#next_tick = 0;
    if (tick < own.fire_at || tick < this.#next_tick) return false;
    this.#next_tick = tick + cooldown;
    return true;
  }
}

/** The server's tick as it is now, one way behind: carried on smoothly from when snapshots came. */
export class TickClock {
  #rate;
  /** @type {number|null} */
  #offset = null;

  /** @param {number} tick_rate_hz */
  constructor(tick_rate_hz) {
    this.#rate = tick_rate_hz / 1000;
  }

  /**
   * @param {number} tick of a snapshot that has just come
   * @param {number} now_ms
   */
  hear(tick, now_ms) {
    const heard = tick - now_ms * this.#rate;
    const error = heard - (this.#offset ?? heard);
    this.#offset = Math.abs(error) > 4 || this.#offset === null ? heard : this.#offset + error * 0.15;
  }

  /** @param {number} now_ms */
  tick(now_ms) {
    return this.#offset === null ? 0 : now_ms * this.#rate + this.#offset;
  }
}
