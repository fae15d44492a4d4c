import assert from "node:assert/strict";
import test from "node:test";
import { GameWatch, LOOKS_AWAY_MS, TRIES_AGAIN_MS } from "../../clients/web/lobby/game_watch.js";
import { Client } from "../../clients/web/sdk/client.js";
import { FakeTimers, fakeWorld, joined } from "./fakes.js";

function makeWatch() {
  const world = fakeWorld();
  /** @type {string[]} */
  const news = [];
  const watch = new GameWatch({
    game: "tag",
    // Its own time stands still, lest it take the silence of a test for a dead connection.
    makeClient: () => new Client({ ...world.options, timers: new FakeTimers() }),
    onRoom: (room) => news.push(`room ${room.id}`),
    onGone: () => news.push("gone"),
    timers: world.timers,
  });
  return { ...world, news, watch };
}

/** @param {{ latest: () => import("./fakes.js").FakeSocket }} world */
async function letIn({ latest }) {
  latest().accept();
  latest().deliver(joined({ role: "spectator", player: null }));
  await settled();
}

/** What hangs on an answer has run. */
function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}

test("whoever looks watches some room of the game, once", async () => {
  const { watch, news, sockets, latest } = makeWatch();
  watch.look();
  watch.look();
  await letIn({ latest });
  watch.look();
  assert.deepEqual(latest().asked, [{ type: "spectate", payload: { game: "tag" } }]);
  assert.deepEqual([sockets.length, news], [1, ["room abc"]]);
});

test("a short look away changes nothing, a long one ends it until somebody looks again", async () => {
  const { watch, news, sockets, timers, latest } = makeWatch();
  watch.look();
  await letIn({ latest });
  watch.lookAway();
  timers.advance(LOOKS_AWAY_MS - 1);
  watch.look();
  timers.advance(LOOKS_AWAY_MS);
  assert.equal(latest().closed, false);
  watch.lookAway();
  timers.advance(LOOKS_AWAY_MS);
  assert.equal(latest().sent.at(-1).type, "leave");
  assert.equal(latest().closed, true);
  watch.look();
  await letIn({ latest });
  assert.deepEqual([sockets.length, news], [2, ["room abc", "gone", "room abc"]]);
});

test("a stop leaves at once, even on the way in", async () => {
  const { watch, news, latest, timers, sockets } = makeWatch();
  watch.look();
  latest().accept();
  watch.lookAway();
  watch.stop();
  assert.equal(latest().closed, true);
  latest().deliver(joined({ role: "spectator", player: null }));
  await settled();
  timers.advance(10 * LOOKS_AWAY_MS);
  assert.deepEqual([sockets.length, news], [1, ["gone"]]);
});

test("a refusal and the room's end are taken quietly, and the connection isn't kept", async () => {
  const refused = makeWatch();
  refused.watch.look();
  refused.latest().accept();
  refused.latest().refuse("unknown_game");
  await settled();
  assert.equal(refused.latest().closed, true);

  const ended = makeWatch();
  ended.watch.look();
  await letIn(ended);
  ended.latest().deliver({ type: "left", handle: 1, payload: { reason: "crashed" } });
  assert.equal(ended.latest().closed, true);
  assert.deepEqual(ended.news, ["room abc", "gone"]);
});

test("what was refused or ended is tried again after a while, but only for who still looks", async () => {
  const { watch, news, sockets, timers, latest } = makeWatch();
  const end = () => latest().deliver({ type: "left", handle: 1, payload: { reason: "crashed" } });
  watch.look();
  await letIn({ latest });
  end();
  timers.advance(TRIES_AGAIN_MS - 1);
  assert.equal(sockets.length, 1);
  timers.advance(1);
  await letIn({ latest });
  assert.deepEqual([sockets.length, news], [2, ["room abc", "gone", "room abc"]]);
  end();
  watch.lookAway();
  timers.advance(10 * TRIES_AGAIN_MS);
  watch.look();
  await letIn({ latest });
  end();
  watch.stop();
  timers.advance(10 * TRIES_AGAIN_MS);
  assert.equal(sockets.length, 3);
});
