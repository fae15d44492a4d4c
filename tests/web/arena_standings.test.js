import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULTS, parseSettings } from "../../clients/web/games/arena/settings.js";
import { clockText, firstAndOwn, standings } from "../../clients/web/games/arena/standings.js";

const scores = new Map([
  [1, { points: 2, kills: 2, deaths: 1 }],
  [2, { points: 5, kills: 3, deaths: 0 }],
  [3, { points: 2, kills: 2, deaths: 0 }],
  [4, { points: 0, kills: 0, deaths: 0 }],
  [5, { points: 0, kills: 0, deaths: 0 }],
]);

test("most points first, then fewest deaths, then who came first", () => {
  assert.deepEqual(
    standings(scores).map(({ player, rank }) => [player, rank]),
    [
      [2, 1],
      [3, 2],
      [1, 3],
      [4, 4],
      [5, 5],
    ],
  );
});

test("oneself is always in the list, and only once", () => {
  const all = standings(scores);
  assert.deepEqual(
    firstAndOwn(all, 2, 5).map(({ player }) => player),
    [2, 3, 5],
  );
  assert.deepEqual(
    firstAndOwn(all, 2, 3).map(({ player }) => player),
    [2, 3],
  );
  assert.equal(firstAndOwn(all, 2, null).length, 2);
});

test("time is rounded up: at zero it is over", () => {
  assert.equal(clockText(180), "3:00");
  assert.equal(clockText(59.1), "1:00");
  assert.equal(clockText(0.1), "0:01");
  assert.equal(clockText(-3), "0:00");
});

test("settings that can't be read are the defaults", () => {
  assert.deepEqual(parseSettings(null), DEFAULTS);
  assert.deepEqual(parseSettings("{broken"), DEFAULTS);
  assert.deepEqual(parseSettings('"text"'), DEFAULTS);
  assert.deepEqual(parseSettings('{"volume": 7, "calm": "yes", "shapes": false}'), {
    ...DEFAULTS,
    shapes: false,
  });
});
