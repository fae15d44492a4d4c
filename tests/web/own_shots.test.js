import assert from "node:assert/strict";
import { test } from "node:test";
import { OwnShots } from "../../clients/web/games/arena/own_shots.js";
import { SUB } from "../../clients/web/games/arena/rules.js";

/**
 * @typedef {{ x: number, y: number, vx: number, vy: number, born: number, owner: number, weapon: number }} Bullet
 */

const OWN = 1;
const PULSE = 0;
const SCATTER = 1;
const SPEED = 28 * SUB;
const RIGHT = 0;
/** One's own time is so far ahead of everyone else's. */
const LEAD_TICKS = 6;
/** @type {Bullet} What the server makes of a shot at tick 101, a little off where it was fired here. */
const BULLET = { x: 8_300, y: 8_010, vx: SPEED, vy: 0, born: 101, owner: OWN, weapon: PULSE };

/** @param {Record<number, Bullet>} bullets */
function state(bullets) {
  const rows = new Map(Object.entries(bullets).map(([id, row]) => [Number(id), row]));
  return /** @type {any} */ ({ tick: 0, tables: new Map([["bullets", rows]]) });
}

/** One's own shots, drawn at any tick of one's own, with what the server has said by then. */
function shooting() {
  const shots = new OwnShots();
  const own = { id: OWN, alive: true, x: 500, y: 500 };
  const world = {
    own,
    bodies: new Map([[OWN, own]]),
    arena: { side: 1400 },
    obstacles: /** @type {object[]} */ ([]),
    newest: state({}),
    frame: /** @type {object|null} */ (null),
  };
  const advance = () => {
    shots.match(/** @type {any} */ (world.frame), /** @type {any} */ (world));
    shots.advance(/** @type {any} */ (world.frame), /** @type {any} */ (world));
  };
  /**
   * @param {number} own_tick
   * @param {{ newest?: Record<number, Bullet>, played?: Record<number, Bullet> }} [bullets]
   */
  const draw = (own_tick, { newest = {}, played = {} } = {}) => {
    world.newest = state(newest);
    world.frame = { own_tick, tick: own_tick - LEAD_TICKS, to: state(played) };
    advance();
    return shots.flights.map(({ x, y, vx, vy, born, tick }) => [
      x + vx * (tick - born),
      y + vy * (tick - born),
    ]);
  };
  return { shots, world, draw, advance };
}

test("a bullet leaves the muzzle as it is drawn, in the frame of the trigger, and flies on from there", () => {
  const { shots, draw } = shooting();
  draw(100.5);
  shots.fire(PULSE, RIGHT, 8_000, 8_000);
  const places = [100.5, 101, 101.5, 102].map((tick) => draw(tick)[0]?.[0] ?? Number.NaN);
  assert.equal(places[0], 8_000 + 15 * SUB);
  for (const [index, x] of places.entries()) {
    assert.ok(Math.abs(x - (8_000 + 15 * SUB) - index * 0.5 * 0.6 * SPEED) < 1e-6);
  }
});

test("it becomes the server's bullet, without a jump, and then is that to the pixel", () => {
  const { shots, draw } = shooting();
  draw(100.5);
  shots.fire(PULSE, RIGHT, 8_000, 8_000);
  let last = draw(100.5)[0];
  for (let tick = 101; tick < 125; tick += 0.5) {
    const drawn = tick - LEAD_TICKS;
    /** @type {Record<number, Bullet>} */
    const newest = tick < 104 ? {} : { 7: BULLET };
    const [place] = draw(tick, { newest, played: drawn < 101 ? {} : newest });
    assert.ok(place && last);
    const step = Number(place[0]) - Number(last[0]);
    assert.ok(step > 0.2 * 0.5 * SPEED && step < 1.3 * 0.5 * SPEED, `${tick}: ${step}`);
    last = place;
    if (tick >= 116) {
      assert.ok(Math.abs(Number(place[0]) - (BULLET.x + SPEED * (drawn - 101))) < 1e-6);
      assert.equal(place[1], BULLET.y);
    }
  }
  assert.ok(shots.known.has(7));
  assert.deepEqual(draw(126, { newest: {}, played: {} }), []);
  assert.equal(shots.known.size, 0);
});

test("a shot that the server doesn't know ends when it should have been seen", () => {
  const { shots, draw } = shooting();
  draw(100);
  shots.fire(PULSE, RIGHT, 8_000, 8_000);
  assert.equal(draw(111).length, 1);
  assert.equal(draw(113).length, 0);
});

test("it waits, unseen, at what it seems to hit, for the server's word", () => {
  const { shots, world, draw } = shooting();
  world.bodies.set(2, { id: 2, alive: true, x: 560, y: 500 });
  draw(100);
  shots.fire(PULSE, RIGHT, 8_000, 8_000);
  assert.equal(draw(100.5).length, 1);
  assert.equal(draw(103).length, 0);
  // It missed: from where both times meet on it is seen again.
  assert.equal(draw(116, { newest: { 7: BULLET }, played: { 7: BULLET } }).length, 1);
});

test("the pellets of a shot find the server's in their order, and no older bullet", () => {
  const { shots, draw } = shooting();
  draw(100);
  shots.fire(SCATTER, RIGHT, 8_000, 8_000);
  assert.equal(draw(100).length, 5);
  const pellets = Object.fromEntries(
    [3, 4, 5, 6, 7].map((id) => [id, { ...BULLET, weapon: SCATTER, y: id * 1_000 }]),
  );
  const older = { 1: { ...BULLET, weapon: SCATTER, born: 60 }, 2: { ...BULLET, owner: 9 } };
  draw(103, { newest: { ...older, ...pellets } });
  assert.deepEqual([...shots.known], [3, 4, 5, 6, 7]);
  const places = draw(116, { newest: pellets, played: pellets });
  assert.deepEqual(
    places.map(([, y]) => y),
    [3_000, 4_000, 5_000, 6_000, 7_000],
  );
});

test("without prediction all bullets are everyone's", () => {
  const { shots, world, draw, advance } = shooting();
  draw(100);
  shots.fire(PULSE, RIGHT, 8_000, 8_000);
  draw(103, { newest: { 7: BULLET } });
  world.frame = { ...world.frame, own_tick: null };
  advance();
  assert.deepEqual([shots.flights.length, shots.known.size], [0, 0]);
});
