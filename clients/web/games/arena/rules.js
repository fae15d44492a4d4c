import { rowsOf } from "../../sdk/index.js";

/**
 * What the client knows of the rules. Rows come in sixteenths of a unit; everything drawn is in units.
 *
 * @typedef {object} FighterRow
 * @property {number} x
 * @property {number} y
 * @property {number} vx
 * @property {number} vy
 * @property {number} aim in 256 steps, 0 right, 64 down
 * @property {number} hp 0: dead until `respawn_at`
 * @property {number} shield
 * @property {number} weapon
 * @property {number} ammo
 * @property {number} fire_at
 * @property {number} dash_at
 * @property {number} dash_until
 * @property {number} safe_until
 * @property {number} respawn_at
 * @property {number} points
 * @property {number} kills
 * @property {number} deaths
 *
 * @typedef {{ x: number, y: number, vx: number, vy: number, born: number, owner: number, weapon: number }} BulletRow
 * @typedef {{ x: number, y: number, kind: number }} PickupRow
 *
 * @typedef {object} ArenaRow
 * @property {number} map_seed
 * @property {number} side in units
 * @property {number} round
 * @property {number} phase
 * @property {number} ends_at
 * @property {number} double_at
 * @property {number} leader
 * @property {number} first
 * @property {number} second
 * @property {number} third
 *
 * @typedef {import("../../sdk/state.js").State} State
 */

/** Sixteenths to the unit. */
export const SUB = 16;
export const FIGHTER_RADIUS = 16;
export const BULLET_RADIUS = 6;
export const MAX_HP = 100;
export const MAX_SHIELD = 50;
export const DASH_COOLDOWN_TICKS = 60;
export const PODIUM = 1;

/**
 * By number, as in the rows. `speed`: sixteenths a tick; `fan`: directions of its bullets, in steps from the aim; `colour`
 * is of its bullets' glow and of its pickup.
 *
 * @typedef {{ name: string, speed: number, fan: number[], cooldown_ticks: number, life_ticks: number, kick: number, colour: string }} Weapon
 * @type {readonly [Weapon, Weapon, Weapon]}
 */
export const WEAPONS = [
  { name: "Pulse", speed: 28 * SUB, fan: [0], cooldown_ticks: 6, life_ticks: 24, kick: 5, colour: "#7ce8ff" },
  {
    name: "Scatter",
    speed: 26 * SUB,
    fan: [-12, -6, 0, 6, 12],
    cooldown_ticks: 18,
    life_ticks: 14,
    kick: 10,
    colour: "#ffb454",
  },
  {
    name: "Rail",
    speed: 72 * SUB,
    fan: [0],
    cooldown_ticks: 40,
    life_ticks: 12,
    kick: 14,
    colour: "#d08bff",
  },
];

/** @param {number} weapon */
export function weaponOf(weapon) {
  return WEAPONS[weapon] ?? WEAPONS[0];
}

/** By kind, as in the rows. */
export const PICKUPS = [
  { name: "Health", colour: "#6df29a" },
  { name: "Shield", colour: "#6fb6ff" },
  { name: "Scatter gun", colour: "#ffb454" },
  { name: "Rail gun", colour: "#d08bff" },
  { name: "Health", colour: "#6df29a" },
];

/**
 * @param {State} state
 * @returns {ReadonlyMap<number, FighterRow>} by player
 */
export function fightersOf(state) {
  return /** @type {any} */ (rowsOf(state, "fighters"));
}

/**
 * @param {State} state
 * @returns {ReadonlyMap<number, BulletRow>}
 */
export function bulletsOf(state) {
  return /** @type {any} */ (rowsOf(state, "bullets"));
}

/**
 * @param {State} state
 * @returns {ReadonlyMap<number, PickupRow>}
 */
export function pickupsOf(state) {
  return /** @type {any} */ (rowsOf(state, "pickups"));
}

/**
 * @param {State} state
 * @returns {ArenaRow|null} null before the first snapshot
 */
export function arenaOf(state) {
  for (const row of rowsOf(state, "arena").values()) return /** @type {any} */ (row);
  return null;
}

/**
 * @param {{ hp?: unknown, safe_until?: unknown }} before
 * @param {{ hp?: unknown, safe_until?: unknown }} after
 * @returns {boolean} whether the fighter came to life, or into a new round, in between, and so stands somewhere else: only
 *   then its spawn shield lasts longer (unless a shot has dropped it already)
 */
export function hasSpawned(before, after) {
  return (before.hp === 0 && after.hp !== 0) || Number(after.safe_until) > Number(before.safe_until);
}

/** @param {number} aim in 256 steps */
export function radians(aim) {
  return (aim * Math.PI) / 128;
}

/** @param {number} angle in radians */
export function aimOf(angle) {
  return Math.round((angle * 128) / Math.PI) & 255;
}
