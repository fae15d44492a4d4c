/**
 * @typedef {import("./world.js").World} World
 * @typedef {import("./world.js").Body} Body
 */

const ROAM_UNITS_PER_MS = 0.75;

/** Where a spectator looks: at a player, or wherever he goes by himself. */
export class Watcher {
  /** @type {number|null} Whom he follows; null: he roams. */
  target = null;
  x = 0;
  y = 0;
  #roaming = false;

  /**
   * Each frame.
   *
   * @param {World} world
   * @param {number} dx -1, 0 or 1
   * @param {number} dy
   * @param {number} elapsed_ms
   * @returns {Body|undefined} whom he follows
   */
  advance(world, dx, dy, elapsed_ms) {
    const side = world.arena?.side ?? 0;
    if (dx !== 0 || dy !== 0) {
      this.#roaming = true;
      this.target = null;
      this.x = Math.min(side, Math.max(0, this.x + dx * elapsed_ms * ROAM_UNITS_PER_MS));
      this.y = Math.min(side, Math.max(0, this.y + dy * elapsed_ms * ROAM_UNITS_PER_MS));
    }
    const gone = this.target !== null && !world.bodies.has(this.target);
    if (!this.#roaming && (this.target === null || gone)) this.target = whomToFollow(world);
    const body = this.target === null ? undefined : world.bodies.get(this.target);
    if (body !== undefined) {
      this.x = body.x;
      this.y = body.y;
    } else if (!this.#roaming) {
      this.x = side / 2;
      this.y = side / 2;
    }
    return body;
  }

  /** @param {number} player */
  follow(player) {
    this.#roaming = false;
    this.target = player;
  }

  /**
   * @param {World} world
   * @param {1|-1} step to the next or the one before
   */
  step(world, step) {
    const ids = [...world.bodies.keys()].sort((a, b) => a - b);
    if (ids.length === 0) return;
    const at = this.target === null ? (step === 1 ? -1 : 0) : ids.indexOf(this.target);
    this.follow(ids[(at + step + ids.length) % ids.length] ?? 0);
  }
}

/** @param {World} world */
function whomToFollow({ arena, bodies }) {
  if (arena !== null && bodies.get(arena.leader)?.alive) return arena.leader;
  for (const body of bodies.values()) if (body.alive) return body.id;
  return null;
}
