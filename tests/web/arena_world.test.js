import assert from "node:assert/strict";
import { test } from "node:test";
import { Camera } from "../../clients/web/games/arena/camera.js";
import { Watcher } from "../../clients/web/games/arena/watcher.js";
import { World } from "../../clients/web/games/arena/world.js";

const ROW = {
  x: 160,
  y: 160,
  vx: 0,
  vy: 0,
  aim: 0,
  hp: 100,
  shield: 0,
  weapon: 0,
  dash_until: 0,
  safe_until: 0,
};
const ARENA = { map_seed: 1, side: 1400, round: 1, phase: 0, leader: 0 };

/**
 * @param {number} tick
 * @param {Record<number, object>} fighters
 * @param {Record<number, object>} [bullets]
 * @param {number} [round]
 */
function state(tick, fighters, bullets = {}, round = 1) {
  const rows = (/** @type {Record<number, object>} */ table) =>
    new Map(Object.entries(table).map(([id, row]) => [Number(id), row]));
  const tables = {
    arena: rows({ 0: { ...ARENA, round } }),
    fighters: rows(fighters),
    bullets: rows(bullets),
  };
  return /** @type {any} */ ({ tick, tables: new Map(Object.entries(tables)) });
}

function makeWorld() {
  /** @type {unknown[][]} */
  const news = [];
  const room = {
    player: 1,
    state: state(0, {}),
    players: new Map(),
    nameOf: (/** @type {number} */ id) => `P${id}`,
  };
  const world = new World(/** @type {any} */ (room), {
    onRound: () => news.push(["round"]),
    onShot: (body) => news.push(["shot", body.id]),
    onHurt: (body, loss) => news.push(["hurt", body.id, loss]),
    onDash: (body) => news.push(["dash", body.id]),
    onBulletGone: (_bullet, x, y, tick) => news.push(["gone", x, y, tick]),
  });
  const advance = (/** @type {any} */ from, /** @type {any} */ to, alpha = 1, more = {}) => {
    const tick = from.tick + (to.tick - from.tick) * alpha;
    world.advance(
      { tick, from, to, alpha, jumped: false, own: null, own_tick: null, ghost: null, ...more },
      16,
    );
  };
  return { world, room, news, advance };
}

test("a fighter is drawn between two states, its gun turned the short way round", () => {
  const { world, advance } = makeWorld();
  const [a, b] = [state(1, { 1: { ...ROW, aim: 250 } }), state(2, { 1: { ...ROW, x: 320, aim: 6 } })];
  advance(a, b, 0.5);
  assert.equal(world.own?.x, 15);
  assert.ok(Math.abs(Math.sin(world.own?.aim ?? 1)) < 1e-9);
});

test("a new life is no movement", () => {
  const { world, advance } = makeWorld();
  const dead = state(1, { 1: { ...ROW, hp: 0 } });
  advance(dead, state(2, { 1: { ...ROW, x: 800, safe_until: 60 } }), 0.5);
  assert.equal(world.own?.x, 50);
  // It has fired already, and has no shield any more.
  advance(dead, state(3, { 1: { ...ROW, x: 640 } }), 0.5);
  assert.equal(world.own?.x, 40);
});

test("nor is a new round, and nobody stands in it before its map is drawn", () => {
  const { world, room, news, advance } = makeWorld();
  const one = state(1, { 1: ROW });
  const two = state(2, { 1: { ...ROW, x: 800, safe_until: 60 } }, {}, 2);
  advance(one, one);
  // The server is in the next round already, and there one is predicted.
  room.state = two;
  const own = { own: { ...ROW, x: 816 }, own_tick: 3 };
  advance(one, one, 1, own);
  assert.deepEqual([world.own?.x, world.predicted, news], [10, null, []]);
  advance(one, two, 0.5, own);
  assert.deepEqual([world.own?.x, world.arena?.round, news], [51, 2, [["round"]]]);
});

test("an own shot is told of unless it was drawn when it was fired", () => {
  const { world, room, news, advance } = makeWorld();
  const bullet = { x: 160, y: 160, vx: 32, vy: 0, born: 9, owner: 1, weapon: 0 };
  const states = [state(8, { 1: ROW }), state(9, { 1: ROW }, { 5: bullet })];
  const [one, two] = /** @type {[any, any]} */ (states);
  const ahead = { own: ROW, own_tick: 9 };
  advance(one, one, 1, ahead);
  world.shots.fire(0, 0, 160, 160);
  room.state = two;
  advance(one, two, 1, ahead);
  assert.deepEqual(news, []);
  // Nobody pulled the trigger here for the next: it was held through death.
  room.state = state(10, { 1: ROW }, { 5: bullet, 6: { ...bullet, born: 10 } });
  advance(two, room.state, 1, { ...ahead, own_tick: 10 });
  assert.deepEqual(news, [["shot", 1]]);
});

test("whether one lives counts for the gun as predicted, for the picture as drawn", () => {
  const { world, room, advance } = makeWorld();
  const one = state(1, { 1: ROW });
  advance(one, one);
  room.state = state(2, { 1: { ...ROW, hp: 0 } });
  advance(one, one, 1, { own: { ...ROW, hp: 0 }, own_tick: 4 });
  assert.deepEqual([world.predicted?.hp, world.own?.alive], [0, true]);
});

test("damage, dashes, shots and bullets that end are told once", () => {
  const { news, advance } = makeWorld();
  const bullet = { x: 160, y: 160, vx: 32, vy: 0, born: 2, owner: 1, weapon: 1 };
  const one = state(2, { 1: ROW });
  const two = state(3, { 1: { ...ROW, hp: 80, dash_until: 9 } }, { 5: bullet, 6: bullet });
  const three = state(4, { 1: { ...ROW, hp: 80, dash_until: 9 } }, { 6: bullet });
  advance(one, one);
  advance(one, two, 0.2);
  advance(one, two, 0.9);
  advance(two, three);
  assert.deepEqual(news, [
    ["hurt", 1, 20],
    ["dash", 1],
    ["shot", 1],
    ["gone", 13, 10, 4],
  ]);
});

test("one's own fighter goes where it is predicted, but is wounded when that can be seen", () => {
  const { world, news, advance } = makeWorld();
  const [one, two] = [state(5, { 1: ROW }), state(6, { 1: { ...ROW, hp: 80 } })];
  const predicted = (
    /** @type {number} */ x,
    /** @type {number} */ dash_until,
    /** @type {number} */ own_tick,
  ) => ({
    own: { ...ROW, hp: 0, x, dash_until },
    own_tick,
  });
  advance(one, one, 1, predicted(168, 0, 9.5));
  assert.deepEqual([world.own?.x, world.own?.row.hp, world.own?.tick], [10.5, 100, 9.5]);
  advance(one, two, 0.5, predicted(200, 16, 10));
  assert.equal(world.own?.dashing, true);
  // The server began it a tick later: that is no other dash.
  advance(one, two, 1, predicted(240, 17, 11));
  assert.deepEqual([world.own?.x, world.own?.row.hp], [15, 80]);
  assert.deepEqual(news, [
    ["hurt", 1, 20],
    ["dash", 1],
  ]);
});

test("whoever left is drawn no more", () => {
  const { world, advance } = makeWorld();
  const [one, two] = [state(1, { 1: ROW, 2: ROW }), state(2, { 1: ROW })];
  advance(one, one);
  assert.equal(world.bodies.size, 2);
  advance(one, two);
  assert.deepEqual([...world.bodies.keys()], [1]);
});

test("a spectator follows, steps on, and roams", () => {
  const { world, advance } = makeWorld();
  const one = state(1, { 1: ROW, 2: { ...ROW, x: 1600 } });
  advance(one, one);
  const watcher = new Watcher();
  assert.equal(watcher.advance(world, 0, 0, 16)?.id, 1);
  watcher.step(world, 1);
  assert.equal(watcher.advance(world, 0, 0, 16)?.id, 2);
  watcher.step(world, 1);
  assert.equal(watcher.advance(world, 0, 0, 16)?.id, 1);
  assert.equal(watcher.advance(world, 1, 0, 100), undefined);
  assert.deepEqual([watcher.x, watcher.y], [85, 10]);
});

test("the camera stays near the field, and sees what is on the screen", () => {
  const camera = new Camera();
  camera.resize(1000, 700);
  camera.follow(0, 0, 0, 0, 1400, 16);
  assert.ok(camera.screenX(0) > 0 && camera.screenX(0) < 200);
  assert.ok(camera.sees(0, 0, 0));
  assert.ok(!camera.sees(1400, 1400, 10));
});
