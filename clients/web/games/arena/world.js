import { playerColour } from "../../ui/colours.js";
import { arenaOf, bulletsOf, fightersOf, radians, SUB } from "./rules.js";

/**
 * @typedef {import("../../sdk/index.js").Room} Room
 * @typedef {import("../../sdk/state.js").State} State
 * @typedef {import("../../sdk/timeline.js").Sample} Sample
 * @typedef {import("./rules.js").FighterRow} FighterRow
 * @typedef {import("./rules.js").BulletRow} BulletRow
 *
 * What the world tells when the drawn moment passes it.
 * @typedef {object} WorldNews
 * @property {(body: Body, bullet: BulletRow) => void} onShot somebody's gun went off
 * @property {(body: Body, loss: number) => void} onHurt
 * @property {(body: Body) => void} onDash
 * @property {(bullet: BulletRow, x: number, y: number, tick: number) => void} onBulletGone
 */

/** Farther than this in one step, in units, is a new place, not a movement. */
const JUMP = 160;

/** A fighter as drawn: kept from frame to frame, so that drawing makes no garbage. */
export class Body {
  x = 0;
  y = 0;
  /** In radians. */
  aim = 0;
  /** From 1 to 0 after a shot, a hit. */
  recoil = 0;
  flash = 0;
  dashing = false;
  away = false;
  /** @type {FighterRow} */
  row;
  name = "";

  /**
   * @param {number} id
   * @param {FighterRow} row
   */
  constructor(id, row) {
    this.id = id;
    this.row = row;
    this.colour = playerColour(id);
  }

  get alive() {
    return this.row.hp > 0;
  }
}

/** The fighters at the moment that is drawn, and news of what happened since the last. */
export class World {
  /** @type {Map<number, Body>} */
  bodies = new Map();
  /** @type {Sample|null} */
  sample = null;
  /** @type {import("./rules.js").ArenaRow|null} */
  arena = null;
  #room;
  #news;
  /** @type {State|null} */
  #latest = null;

  /**
   * @param {Room} room
   * @param {WorldNews} news
   */
  constructor(room, news) {
    this.#room = room;
    this.#news = news;
  }

  /** Another room: nothing seen so far counts. */
  clear() {
    this.bodies.clear();
    this.sample = null;
    this.arena = null;
    this.#latest = null;
  }

  /** @returns {Body|undefined} */
  get own() {
    return this.#room.player === null ? undefined : this.bodies.get(this.#room.player);
  }

  /**
   * @param {Sample} sample
   * @param {number} elapsed_ms since the last
   */
  advance(sample, elapsed_ms) {
    this.sample = sample;
    if (sample.to !== this.#latest) this.#enter(sample.to);
    const before = fightersOf(sample.from);
    const fade = elapsed_ms / 130;
    for (const body of this.bodies.values()) {
      place(body, before.get(body.id), sample.alpha);
      body.dashing = body.alive && body.row.dash_until > sample.tick;
      body.recoil = Math.max(0, body.recoil - fade);
      body.flash = Math.max(0, body.flash - fade);
    }
  }

  /** @param {State} state whose tick the drawn moment is heading for */
  #enter(state) {
    const last = this.#latest;
    this.#latest = state;
    this.arena = arenaOf(state);
    const fighters = fightersOf(state);
    for (const [id, row] of fighters) {
      const body = this.bodies.get(id);
      if (body === undefined) this.bodies.set(id, new Body(id, row));
      else this.#compare(body, row);
    }
    for (const [id, body] of this.bodies) {
      if (!fighters.has(id)) this.bodies.delete(id);
      body.name = this.#room.nameOf(id) ?? `player ${id}`;
      body.away = this.#room.players.get(id)?.away ?? false;
    }
    if (last !== null) this.#compareBullets(last, state);
  }

  /**
   * @param {Body} body
   * @param {FighterRow} row
   */
  #compare(body, row) {
    const before = body.row;
    body.row = row;
    if (before === row) return;
    const loss = before.hp + before.shield - row.hp - row.shield;
    if (loss > 0) this.#news.onHurt(body, loss);
    if (row.dash_until > before.dash_until && row.hp > 0) this.#news.onDash(body);
  }

  /**
   * @param {State} last
   * @param {State} state
   */
  #compareBullets(last, state) {
    const before = bulletsOf(last);
    const after = bulletsOf(state);
    if (before === after) return;
    let shooter = -1;
    for (const [id, bullet] of after) {
      // The pellets of one shot come one after the other.
      if (before.has(id) || bullet.owner === shooter) continue;
      shooter = bullet.owner;
      const body = this.bodies.get(shooter);
      if (body !== undefined) this.#news.onShot(body, bullet);
    }
    for (const [id, bullet] of before) {
      if (after.has(id)) continue;
      const age = Math.max(0, state.tick - 0.5 - bullet.born);
      const x = (bullet.x + bullet.vx * age) / SUB;
      const y = (bullet.y + bullet.vy * age) / SUB;
      this.#news.onBulletGone(bullet, x, y, state.tick);
    }
  }
}

/**
 * @param {Body} body
 * @param {FighterRow|undefined} from
 * @param {number} alpha
 */
function place(body, from, alpha) {
  const to = body.row;
  const start = from ?? to;
  const dx = (to.x - start.x) / SUB;
  const dy = (to.y - start.y) / SUB;
  const back = Math.abs(dx) > JUMP || Math.abs(dy) > JUMP || start.hp === 0 ? 0 : 1 - alpha;
  body.x = to.x / SUB - dx * back;
  body.y = to.y / SUB - dy * back;
  // The short way round.
  const turn = ((to.aim - start.aim + 384) & 255) - 128;
  body.aim = radians(to.aim - turn * (1 - alpha));
}
