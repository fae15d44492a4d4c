/**
 * How a runner moves: the twin of `move` in the server's `games/tag.py`, number for number.
 *
 * @typedef {{ x: number, y: number, it: boolean, frozen_until: number }} RunnerRow
 * @typedef {{ dx: number, dy: number }} Steer
 */

const WIDTH = 800;
const HEIGHT = 600;
const SPEED = 7;
const IT_SPEED = 8;

/**
 * @param {RunnerRow} me
 * @param {Steer} steer
 * @param {{ now: number }} world
 */
function move(me, { dx, dy }, { now }) {
  const speed = now < me.frozen_until ? 0 : me.it ? IT_SPEED : SPEED;
  me.x = Math.min(WIDTH, Math.max(0, me.x + speed * dx));
  me.y = Math.min(HEIGHT, Math.max(0, me.y + speed * dy));
}

/** @type {import("../sdk/twins.js").Twin} */
export const TAG_TWIN = { input: "steer", table: "runners", move };
