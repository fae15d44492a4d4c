import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ARENA_TWIN } from "../../clients/web/games/arena/move.js";
import { TAG_TWIN } from "../../clients/web/games/tag_move.js";

/**
 * @typedef {Record<string, number|boolean>} Fields
 * @typedef {{ now: number, player: number, world: Record<string, Record<string, Fields>>, before: Fields, input: Fields, after: Fields }} Case
 */

// What the server's own `move` made of each case, by `gameserver vectors`.
const FOLDER = new URL("../vectors/", import.meta.url);

for (const [game, twin] of Object.entries({ arena: ARENA_TWIN, tag: TAG_TWIN })) {
  test(`the twin of ${game} moves as the server does`, () => {
    const vectors = JSON.parse(readFileSync(new URL(`${game}_move.json`, FOLDER), "utf8"));
    assert.deepEqual([vectors.input, vectors.table], [twin.input, twin.table]);
    assert.ok(vectors.cases.length > 0);
    for (const { now, player, world, before, input, after } of /** @type {Case[]} */ (vectors.cases)) {
      const me = { ...before };
      const rows = (/** @type {string} */ table) => {
        const all = new Map(Object.entries(world[table] ?? {}).map(([id, row]) => [Number(id), row]));
        return table === twin.table ? all.set(player, me) : all;
      };
      twin.move(me, input, { now, rows, one: (table) => rows(table).get(0) });
      assert.deepEqual(me, after, `at ${now}, from ${JSON.stringify(before)} by ${JSON.stringify(input)}`);
    }
  });
}
