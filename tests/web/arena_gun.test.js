import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalGun } from "../../clients/web/games/arena/gun.js";

const ROW = {
  x: 0,
  y: 0,
  vx: 0,
  vy: 0,
  aim: 0,
  hp: 100,
  shield: 0,
  weapon: 0,
  ammo: 0,
  fire_at: 0,
  dash_at: 0,
  dash_until: 0,
  safe_until: 0,
  respawn_at: 0,
  points: 0,
  kills: 0,
  deaths: 0,
};

test("the gun goes off with the trigger, and then once per cooldown", () => {
  const gun = new LocalGun();
  const shots = [];
  for (let tick = 10; tick < 30; tick += 0.5) if (gun.goesOff(true, ROW, 0, tick)) shots.push(tick);
  assert.deepEqual(shots, [10, 16, 22, 28]);
});

test("the deadline in the own row holds it back", () => {
  const gun = new LocalGun();
  assert.equal(gun.goesOff(true, { ...ROW, fire_at: 12 }, 0, 11.9), false);
  assert.equal(gun.goesOff(true, { ...ROW, fire_at: 12 }, 0, 12), true);
});

test("it stays silent without a trigger, for the dead, and on the podium", () => {
  const gun = new LocalGun();
  assert.equal(gun.goesOff(false, ROW, 0, 50), false);
  assert.equal(gun.goesOff(true, { ...ROW, hp: 0 }, 0, 50), false);
  assert.equal(gun.goesOff(true, ROW, 1, 50), false);
});

test("a clock that is set back does not silence it", () => {
  const gun = new LocalGun();
  assert.equal(gun.goesOff(true, ROW, 0, 9000), true);
  assert.equal(gun.goesOff(true, ROW, 0, 20), true);
});
