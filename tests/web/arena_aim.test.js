import assert from "node:assert/strict";
import { test } from "node:test";
import { eighth } from "../../clients/web/games/arena/gamepad.js";
import { aimOf, radians } from "../../clients/web/games/arena/rules.js";

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
