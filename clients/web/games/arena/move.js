import { cos256, isqrt, ONE_BITS, sin256 } from "../intmath.js";
import { layoutOf } from "./layout.js";
import { hasSpawned, PODIUM, SUB } from "./rules.js";

/**
 * How a fighter moves: the twin of the server's `movement.py`, number for number. Places and speeds are in sixteenths of a
 * unit. Whole numbers only, and all products stay below 2^53.
 *
 * @typedef {import("./rules.js").FighterRow} FighterRow
 * @typedef {import("./rules.js").ArenaRow} ArenaRow
 * @typedef {import("./layout.js").Circle} Circle
 * @typedef {import("./controls.js").Steer} Steer
 * @typedef {import("../../sdk/twins.js").TwinWorld} TwinWorld
 */

const RADIUS = 16 * SUB;
const SPEED = 8 * SUB;
const DIAGONAL = 91;
const GRIP = 26;
const DASH_SPEED = 24 * SUB;
const DASH_TICKS = 6;
const DASH_EVERY_TICKS = 60;
const CELL_BITS = 11;
/** A fighter's radius, and what it or a bullet moves in a tick. */
const REACH = 40 * SUB;
/**
 * Turns, accelerates, dashes, and slides along whatever is in the way.
 *
 * @param {FighterRow} me
 * @param {Steer} steer
 * @param {TwinWorld} world
 */
function move(me, steer, world) {
  if (me.hp === 0) return;
  me.aim = steer.aim;
  const arena = /** @type {ArenaRow|undefined} */ (/** @type {unknown} */ (world.one("arena")));
  if (arena === undefined) return;
  if (arena.phase === PODIUM) {
    me.vx = 0;
    me.vy = 0;
    return;
  }
  if (steer.dash && world.now >= me.dash_at) startDash(me, steer, world.now);
  if (world.now >= me.dash_until) {
    const wish = steer.dx !== 0 && steer.dy !== 0 ? DIAGONAL : SPEED;
    me.vx = toward(me.vx, wish * steer.dx);
    me.vy = toward(me.vy, wish * steer.dy);
  }
  const { x, y } = settle(me.x + me.vx, me.y + me.vy, mapOf(arena.map_seed, arena.side));
  me.x = x;
  me.y = y;
}

/**
 * @param {FighterRow} me
 * @param {Steer} steer
 * @param {number} now
 */
function startDash(me, { dx, dy }, now) {
  me.dash_at = now + DASH_EVERY_TICKS;
  me.dash_until = now + DASH_TICKS;
  if (dx !== 0 || dy !== 0) {
    const part = dx !== 0 && dy !== 0 ? DIAGONAL * 3 : DASH_SPEED;
    me.vx = part * dx;
    me.vy = part * dy;
  } else {
    // Standing still: where the gun points.
    me.vx = (DASH_SPEED * cos256(me.aim)) >> ONE_BITS;
    me.vy = (DASH_SPEED * sin256(me.aim)) >> ONE_BITS;
  }
}

/**
 * @param {number} speed
 * @param {number} wish
 * @returns {number} the speed of the next tick: nearer to what is wished for by GRIP, and faster when it is far above
 */
function toward(speed, wish) {
  const change = wish - speed;
  if (change > GRIP) return speed + Math.max(GRIP, change >> 2);
  if (change < -GRIP) return speed - Math.max(GRIP, -change >> 2);
  return wish;
}

/**
 * The obstacles of a round, in sixteenths, by the cells in which they can be touched.
 *
 * @typedef {{ side: number, cells: Map<number, Circle[]> }} FieldMap
 */

/** @type {{ seed: number, side: number, map: FieldMap }|null} The latest: a round lasts for minutes. */
let latest = null;

/**
 * @param {number} seed
 * @param {number} side in units
 * @returns {FieldMap}
 */
function mapOf(seed, side) {
  if (latest?.seed !== seed || latest.side !== side) latest = { seed, side, map: makeMap(seed, side) };
  return latest.map;
}

/**
 * @param {number} seed
 * @param {number} side in units
 * @returns {FieldMap}
 */
function makeMap(seed, side) {
  /** @type {FieldMap["cells"]} */
  const cells = new Map();
  for (const obstacle of layoutOf(seed, side).obstacles) {
    const circle = { x: obstacle.x * SUB, y: obstacle.y * SUB, radius: obstacle.radius * SUB };
    const reach = circle.radius + REACH;
    for (let cx = cell(circle.x - reach); cx <= cell(circle.x + reach); cx++) {
      for (let cy = cell(circle.y - reach); cy <= cell(circle.y + reach); cy++) {
        const key = (cx << 6) | cy;
        const there = cells.get(key);
        // In the order of the layout: who stands between two is pushed by the first, then by the second.
        if (there === undefined) cells.set(key, [circle]);
        else there.push(circle);
      }
    }
  }
  return { side: side * SUB, cells };
}

/** @param {number} place */
function cell(place) {
  return Math.max(0, place) >> CELL_BITS;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {FieldMap} map
 * @returns {{ x: number, y: number }} the nearest place where a fighter fits: inside the walls, outside every obstacle
 */
function settle(x, y, { side, cells }) {
  const edge = side - RADIUS;
  x = Math.min(edge, Math.max(RADIUS, x));
  y = Math.min(edge, Math.max(RADIUS, y));
  for (const obstacle of cells.get(((x >> CELL_BITS) << 6) | (y >> CELL_BITS)) ?? []) {
    let dx = x - obstacle.x;
    const dy = y - obstacle.y;
    const touch = obstacle.radius + RADIUS;
    if (dx * dx + dy * dy >= touch * touch) continue;
    // One more than touching, since what is rounded toward the middle must still be outside.
    const reach = touch + 2;
    let distance = isqrt(dx * dx + dy * dy);
    if (distance === 0) {
      dx = 1;
      distance = 1;
    }
    x = obstacle.x + Math.trunc((dx * reach) / distance);
    y = obstacle.y + Math.trunc((dy * reach) / distance);
  }
  return { x, y };
}

/** @type {import("../../sdk/twins.js").Twin} */
export const ARENA_TWIN = { input: "steer", table: "fighters", move, teleported: hasSpawned, unit: SUB };
