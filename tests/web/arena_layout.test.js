import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { layoutOf } from "../../clients/web/games/arena/layout.js";

const SUB = 16;
const cases = JSON.parse(readFileSync(new URL("arena_layout.json", import.meta.url), "utf8"));

for (const { map_seed, side, obstacles, spots } of cases) {
  test(`the map of seed ${map_seed}, side ${side}, is the server's`, () => {
    const layout = layoutOf(map_seed, side);
    assert.deepEqual(
      layout.obstacles.map(({ x, y, radius }) => [x * SUB, y * SUB, radius * SUB]),
      obstacles,
    );
    assert.deepEqual(
      layout.spots.map(({ x, y, kind }) => [x * SUB, y * SUB, kind]),
      spots,
    );
  });
}
