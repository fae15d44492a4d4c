import { PlaceBlend } from "../../sdk/index.js";
import { playerColour } from "../../ui/colours.js";
import { layoutOf } from "./layout.js";
import { OwnShots } from "./own_shots.js";
import { arenaOf, bulletsOf, fightersOf, hasSpawned, radians, SUB } from "./rules.js";

/**
 * @typedef {import("../../sdk/index.js").Room} Room
 * @typedef {import("../../sdk/state.js").State} State
 * @typedef {import("../../sdk/netcode.js").Frame} Frame
 * @typedef {import("./rules.js").FighterRow} FighterRow
 * @typedef {import("./rules.js").BulletRow} BulletRow
 * @typedef {import("./layout.js").Circle} Circle
 *
 * What the world tells when the drawn moment passes it.
 * @typedef {object} WorldNews
 * @property {() => void} onRound another round is drawn, on another map
 * @property {(body: Body, bullet: BulletRow) => void} onShot somebody's gun went off, which wasn't drawn before
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
  /** The tick at which it is drawn, fractional: one's own is ahead of all others. */
  tick = 0;
  /** What is drawn of it: of one's own fighter, what is predicted. @type {FighterRow} */
  row;
  /** As of the state that drawn time is heading for. @type {FighterRow} */
  played;
  name = "";

  /**
   * @param {number} id
   * @param {FighterRow} row
   */
  constructor(id, row) {
    this.id = id;
    this.row = row;
    this.played = row;
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
  /** @type {Frame|null} */
  frame = null;
  /** @type {import("./rules.js").ArenaRow|null} */
  arena = null;
  /** @type {Circle[]} The round's pillars. */
  obstacles = [];
  shots = new OwnShots();
  /** One's own row, ahead of all that is drawn; null while one is drawn like everyone else. @type {FighterRow|null} */
  predicted = null;
  #map = "";
  #places = new PlaceBlend(JUMP);
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
    this.shots.clear();
    this.#places.clear();
    this.frame = null;
    this.arena = null;
    this.predicted = null;
    this.#latest = null;
  }

  /** The newest state: what will be drawn next. */
  get newest() {
    return this.#room.state;
  }

  /** @returns {Body|undefined} */
  get own() {
    return this.#room.player === null ? undefined : this.bodies.get(this.#room.player);
  }

  /**
   * @param {Frame} frame
   * @param {number} elapsed_ms since the last
   */
  advance(frame, elapsed_ms) {
    this.frame = frame;
    this.shots.match(frame, this);
    if (frame.to !== this.#latest) this.#enter(frame.to);
    this.predicted = this.#predictedIn(frame);
    const before = fightersOf(frame.from);
    const fade = elapsed_ms / 130;
    const { own } = this;
    this.#places.begin(frame.jumped, elapsed_ms);
    for (const body of this.bodies.values()) {
      if (body === own && this.predicted !== null) this.#predict(body, this.predicted, frame);
      else this.#interpolate(body, before.get(body.id), frame);
      body.dashing = body.alive && body.row.dash_until > body.tick;
      body.recoil = Math.max(0, body.recoil - fade);
      body.flash = Math.max(0, body.flash - fade);
    }
    this.shots.advance(frame, this);
  }

  /**
   * @param {Frame} frame
   * @returns {FighterRow|null} null also while one already stands on another map than the one that is drawn
   */
  #predictedIn({ own }) {
    const sameRound = arenaOf(this.newest)?.round === this.arena?.round;
    return sameRound ? /** @type {FighterRow|null} */ (/** @type {unknown} */ (own)) : null;
  }

  /**
   * @param {Body} body
   * @param {FighterRow|undefined} from
   * @param {Frame} frame
   */
  #interpolate(body, from, { alpha, tick }) {
    body.row = body.played;
    body.tick = tick;
    interpolate(body, from, alpha);
    const { x, y } = this.#places.place(body.id, body.x, body.y);
    body.x = x;
    body.y = y;
  }

  /**
   * Where one goes and how one's gun stands, at once; but wounds, death and points when they can be seen.
   *
   * @param {Body} body
   * @param {FighterRow} predicted
   * @param {Frame} frame
   */
  #predict(body, predicted, { own_tick, tick }) {
    const { hp, shield, points, kills, deaths } = body.played;
    const dashed = body.row.dash_until;
    body.tick = own_tick ?? tick;
    body.row = { ...predicted, hp, shield, points, kills, deaths };
    body.x = predicted.x / SUB;
    body.y = predicted.y / SUB;
    body.aim = radians(predicted.aim);
    // A dash that the server begins a tick sooner or later than was predicted is still the same one.
    if (predicted.dash_until > dashed && dashed <= body.tick && body.alive) this.#news.onDash(body);
  }

  /** @param {State} state whose tick the drawn moment is heading for */
  #enter(state) {
    const last = this.#latest;
    this.#latest = state;
    const round = this.arena?.round;
    this.arena = arenaOf(state);
    this.#buildMap();
    if (last !== null && this.arena?.round !== round) this.#news.onRound();
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

  #buildMap() {
    if (this.arena === null) return;
    const { map_seed, side } = this.arena;
    const map = `${map_seed} ${side}`;
    if (map === this.#map) return;
    this.#map = map;
    this.obstacles = layoutOf(map_seed, side).obstacles;
  }

  /**
   * @param {Body} body
   * @param {FighterRow} row
   */
  #compare(body, row) {
    const before = body.played;
    body.played = row;
    if (before === row) return;
    const loss = before.hp + before.shield - row.hp - row.shield;
    if (loss > 0) this.#news.onHurt(body, loss);
    const predicted = body === this.own && this.predicted !== null;
    if (row.dash_until > before.dash_until && row.hp > 0 && !predicted) this.#news.onDash(body);
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
      if (body !== undefined && !this.shots.known.has(id)) this.#news.onShot(body, bullet);
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
function interpolate(body, from, alpha) {
  const to = body.played;
  const start = from ?? to;
  const dx = (to.x - start.x) / SUB;
  const dy = (to.y - start.y) / SUB;
  const back = Math.abs(dx) > JUMP || Math.abs(dy) > JUMP || hasSpawned(start, to) ? 0 : 1 - alpha;
  body.x = to.x / SUB - dx * back;
  body.y = to.y / SUB - dy * back;
  // The short way round.
  const turn = ((to.aim - start.aim + 384) & 255) - 128;
  body.aim = radians(to.aim - turn * (1 - alpha));
}
