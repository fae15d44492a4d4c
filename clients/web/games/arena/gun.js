import { PODIUM, weaponOf } from "./rules.js";

/**
 * @typedef {import("./rules.js").FighterRow} FighterRow
 */

/**
 * Knows when one's own gun goes off without waiting for the server: the trigger, the client's tick and the deadline in the
 * predicted row say so. It falls into the server's rhythm as that deadline moves.
 */
export class LocalGun {
  #next_tick = 0;

  /**
   * @param {boolean} trigger
   * @param {FighterRow} own predicted
   * @param {number} phase of the round
   * @param {number} tick in which the trigger will count
   * @returns {boolean} whether a shot goes off now
   */
  goesOff(trigger, own, phase, tick) {
    if (!trigger || own.hp === 0 || phase === PODIUM) return false;
    // A clock that was set back (another room) must not silence the gun.
    const cooldown = weaponOf(own.weapon).cooldown_ticks;
    if (this.#next_tick > tick + cooldown) this.#next_tick = 0;
    if (tick < own.fire_at || tick < this.#next_tick) return false;
    this.#next_tick = tick + cooldown;
    return true;
  }
}
