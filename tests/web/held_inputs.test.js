import assert from "node:assert/strict";
import test from "node:test";
import { controlsOf, HeldInputs } from "../../clients/web/generic/held_inputs.js";

const AXIS = { type: "integer", minimum: -1, maximum: 1, format: "axis", default: 0 };
const INPUTS = {
  steer: {
    type: "object",
    properties: {
      dx: AXIS,
      dy: AXIS,
      fire: { type: "boolean", default: false },
      dash: { type: "boolean", default: false },
      aim: { type: "integer", minimum: 0, maximum: 255, default: 0 },
      label: { type: "string", default: "" },
    },
  },
};
const NEUTRAL = { dx: 0, dy: 0, fire: false, dash: false, aim: 0 };

function steering() {
  const held = new HeldInputs(controlsOf(INPUTS));
  /** @param {...string} codes */
  const press = (...codes) => {
    for (const code of codes) held.press(code);
    return held.takeChanges();
  };
  return { held, press };
}

test("arrows and WASD steer the axes, and y grows downwards", () => {
  for (const [right, down] of [
    ["ArrowRight", "ArrowDown"],
    ["KeyD", "KeyS"],
  ]) {
    const { press } = steering();
    assert.deepEqual(press(/** @type {string} */ (right)), [["steer", { ...NEUTRAL, dx: 1 }]]);
    assert.deepEqual(press(/** @type {string} */ (down)), [["steer", { ...NEUTRAL, dx: 1, dy: 1 }]]);
  }
});

test("only changes are sent: not a repeated key, not a second key of the same direction", () => {
  const { held, press } = steering();
  assert.equal(press("ArrowLeft").length, 1);
  assert.deepEqual(press("ArrowLeft"), []);
  assert.deepEqual(press("KeyA"), []);
  held.release("ArrowLeft");
  assert.deepEqual(held.takeChanges(), []);
  held.release("KeyA");
  assert.deepEqual(held.takeChanges(), [["steer", NEUTRAL]]);
});

test("of two opposite keys the later one counts, and the other again when it goes", () => {
  const { held, press } = steering();
  press("KeyA");
  assert.deepEqual(press("KeyD"), [["steer", { ...NEUTRAL, dx: 1 }]]);
  held.release("KeyD");
  assert.deepEqual(held.takeChanges(), [["steer", { ...NEUTRAL, dx: -1 }]]);
});

test("Space is the first button, either Shift the second", () => {
  const { press } = steering();
  assert.deepEqual(press("Space"), [["steer", { ...NEUTRAL, fire: true }]]);
  assert.deepEqual(press("ShiftRight"), [["steer", { ...NEUTRAL, fire: true, dash: true }]]);
});

test("keys that steer nothing are left to the page", () => {
  const { held } = steering();
  assert.equal(held.press("KeyP"), false);
  assert.equal(held.press("Enter"), false);
  assert.equal(held.press("KeyW"), true);
});

test("letting go of everything keeps what a slider was set to", () => {
  const { held, press } = steering();
  const aim = held.controls.find(({ field }) => field === "aim");
  const dx = held.controls.find(({ field }) => field === "dx");
  assert.ok(aim && dx);
  held.setOnScreen(aim, 90);
  held.setOnScreen(dx, -1);
  press("Space");
  held.releaseAll();
  assert.deepEqual(held.takeChanges(), [["steer", { ...NEUTRAL, aim: 90 }]]);
});

test("a new seat is told what is held, and nothing if nothing is", () => {
  const { held, press } = steering();
  assert.deepEqual(held.takeChanges(), []);
  press("KeyW");
  held.forgetSent();
  assert.deepEqual(held.takeChanges(), [["steer", { ...NEUTRAL, dy: -1 }]]);
  held.releaseAll();
  held.takeChanges();
  held.forgetSent();
  assert.deepEqual(held.takeChanges(), []);
});

test("directions follow the names if they tell, else the order; a second pair has its own keys", () => {
  const controls = controlsOf({
    swap: { properties: { move_y: AXIS, move_x: AXIS } },
    plain: { properties: { walk: AXIS, climb: AXIS } },
  });
  assert.deepEqual(
    controls.map(({ field, direction, negative }) => `${field} ${direction} ${negative[0]}`),
    ["move_y y ArrowUp", "move_x x ArrowLeft", "walk x KeyJ", "climb y KeyI"],
  );
});

test("an axis is known by its bounds, too", () => {
  const [control] = controlsOf({ go: { properties: { dx: { type: "integer", minimum: -1, maximum: 1 } } } });
  assert.equal(control?.kind, "axis");
});
