import assert from "node:assert/strict";
import { test } from "node:test";
import { Watcher } from "../../clients/web/games/arena/watcher.js";

/**
 * @param {number} leader
 * @param {[id: number, alive: boolean][]} fighters
 */
function world(leader, fighters) {
  const bodies = new Map(fighters.map(([id, alive]) => [id, { id, alive, x: id * 10, y: 0 }]));
  return /** @type {any} */ ({ arena: { side: 1000, leader }, bodies });
}

test("whoever chooses nobody sees the leader, or while he is dead somebody who lives", () => {
  const living = new Watcher();
  assert.equal(
    living.advance(
      world(2, [
        [1, true],
        [2, true],
      ]),
      0,
      0,
      16,
    )?.id,
    2,
  );
  const dead = new Watcher();
  assert.equal(
    dead.advance(
      world(2, [
        [1, false],
        [2, false],
        [3, true],
      ]),
      0,
      0,
      16,
    )?.id,
    3,
  );
  const nobody = new Watcher();
  assert.equal(nobody.advance(world(2, [[2, false]]), 0, 0, 16), undefined);
  assert.deepEqual([nobody.x, nobody.y], [500, 500]);
});
