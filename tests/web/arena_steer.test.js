import assert from "node:assert/strict";
import { test } from "node:test";
import { eighth } from "../../clients/web/games/arena/gamepad.js";
import { aimOf, radians } from "../../clients/web/games/arena/rules.js";
import { SteerSender } from "../../clients/web/games/arena/steer.js";

const NEUTRAL = { dx: 0, dy: 0, aim: 0, fire: false, dash: false };

test("what the server holds already is not sent again", () => {
  const sender = new SteerSender();
  assert.equal(sender.isDue(NEUTRAL, 0), false);
  assert.equal(sender.isDue({ ...NEUTRAL, dx: 1 }, 0), true);
  assert.equal(sender.isDue({ ...NEUTRAL, dx: 1 }, 500), false);
});

test("aim alone waits for its turn, a press takes it along at once", () => {
  const sender = new SteerSender();
  assert.equal(sender.isDue({ ...NEUTRAL, aim: 5 }, 100), true);
  assert.equal(sender.isDue({ ...NEUTRAL, aim: 6 }, 110), false);
  assert.equal(sender.isDue({ ...NEUTRAL, aim: 7, fire: true }, 111), true);
  assert.equal(sender.isDue({ ...NEUTRAL, aim: 8, fire: true }, 130), false);
  assert.equal(sender.isDue({ ...NEUTRAL, aim: 8, fire: true }, 145), true);
});

test("a new seat holds nothing", () => {
  const sender = new SteerSender();
  sender.isDue({ ...NEUTRAL, fire: true }, 0);
  sender.forget();
  assert.equal(sender.isDue({ ...NEUTRAL, fire: true }, 1), true);
  sender.forget();
  assert.equal(sender.isDue(NEUTRAL, 2), false);
});

test("the object handed in may change afterwards", () => {
  const sender = new SteerSender();
  const steer = { ...NEUTRAL, dx: 1 };
  assert.equal(sender.isDue(steer, 0), true);
  steer.dx = -1;
  assert.equal(sender.isDue(steer, 1), true);
});

test("every aim in 256 steps survives the way to an angle and back", () => {
  for (let aim = 0; aim < 256; aim++) assert.equal(aimOf(radians(aim)), aim);
  assert.equal(aimOf(-Math.PI / 2), 192);
  assert.equal(aimOf(Math.PI / 2), 64);
});

test("a stick steers in eight directions, and not at rest", () => {
  assert.equal(eighth(0.2, 0.2, 0.3), 0);
  assert.equal(eighth(1, 1, 0.3), 1);
  assert.equal(eighth(-0.7, 1, 0.3), -1);
  assert.equal(eighth(0.2, 1, 0.3), 0);
});
