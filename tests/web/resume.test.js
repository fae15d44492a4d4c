import assert from "node:assert/strict";
import test from "node:test";
import { Client } from "../../clients/web/sdk/client.js";
import { DEAD_AFTER_MS, PING_INTERVAL_MS } from "../../clients/web/sdk/heartbeat.js";
import { ServerError } from "../../clients/web/sdk/messages.js";
import { rowsOf } from "../../clients/web/sdk/state.js";
import { fakeWorld, joined, snapshot } from "./fakes.js";

/** @typedef {ReturnType<typeof fakeWorld>} World */

const HERE = { runners: { set: { 3: [1, 2, false] } } };

/** In a seat of room abc, with token t1. */
async function seated() {
  const world = fakeWorld();
  const client = new Client(world.options);
  const joining = client.join({ game: "tag", name: "Ann" });
  world.latest().accept();
  world.latest().deliver(joined({ token: "t1" }));
  const room = await joining;
  world.latest().deliver(snapshot(10, null, HERE));
  /** @type {string[]} */
  const news = [];
  for (const name of /** @type {const} */ (["joined", "resumed", "lost", "left"])) {
    room.on(name, () => news.push(name));
  }
  return { ...world, client, room, news };
}

/** The connection is lost, and there is another one. @param {World} world */
function reconnect({ latest, timers }) {
  latest().drop(1006);
  timers.advance(500);
  latest().accept();
}

/** @param {string} token */
const resume = (token) => ({ type: "resume", payload: { token } });

test("after a lost connection the seat is taken again by its token, and everything goes on", async () => {
  const world = await seated();
  const { room, latest, news } = world;
  reconnect(world);
  assert.deepEqual(latest().asked, [resume("t1")]);
  assert.equal(room.status, "lost");
  // What there was to see can be seen until there is something newer.
  assert.equal(room.state.tick, 10);
  latest().deliver(joined({ handle: 7, token: "t2", tick: 11 }));
  assert.deepEqual([room.status, room.handle, room.ack, room.state.tick], ["joined", 7, null, 10]);
  latest().deliver(snapshot(12, null, { runners: { set: { 3: [9, 9, false] } } }, { handle: 7 }));
  assert.deepEqual(rowsOf(room.state, "runners").get(3), { x: 9, y: 9, it: false });
  assert.deepEqual(news, ["lost", "resumed"]);
});

test("numbers begin afresh with the connection, and commands are done by the new acknowledgements alone", async () => {
  const world = await seated();
  const { room, latest } = world;
  const before = room.command("play", {});
  latest().deliver(snapshot(11, 10, {}, { ack: 0 }));
  reconnect(world);
  await assert.rejects(before, ({ code }) => code === "not_connected");
  latest().deliver(joined({ token: "t2", tick: 11 }));
  latest().deliver(snapshot(12, null, HERE));
  let done = false;
  const after = room.command("play", {}).then(() => {
    done = true;
  });
  const { seq } = latest().sent.at(-1);
  assert.ok(seq < 5);
  latest().deliver(snapshot(13, 12, {}));
  await Promise.resolve();
  assert.equal(done, false);
  latest().deliver(snapshot(14, 13, {}, { ack: seq }));
  await after;
});

test("the newest token counts", async () => {
  const world = await seated();
  reconnect(world);
  world.latest().deliver(joined({ token: "t2", tick: 11 }));
  reconnect(world);
  assert.deepEqual(world.latest().asked, [resume("t2")]);
});

test("if the connection is lost before the answer, the token before it still is the one to show", async () => {
  const world = await seated();
  const { latest, timers, room, news } = world;
  reconnect(world);
  latest().drop(1006);
  timers.advance(500);
  latest().accept();
  assert.deepEqual(latest().asked, [resume("t1")]);
  latest().deliver(joined({ token: "t3", tick: 11 }));
  assert.equal(room.token, "t3");
  assert.deepEqual(news, ["lost", "resumed"]);
});

test("nothing is sent while a resume waits for its answer: that would make the old token worthless", async () => {
  const world = await seated();
  const { room, latest, timers } = world;
  const watching = world.client.spectate("xyz");
  latest().deliver(joined({ room: "xyz", handle: 2, role: "spectator", player: null }));
  await watching;
  reconnect(world);
  room.input("steer", { dx: 1 });
  room.chat("hi");
  timers.advance(PING_INTERVAL_MS);
  assert.deepEqual(
    latest().sent.map(({ type }) => type),
    ["resume"],
  );
  latest().deliver(joined({ token: "t2", tick: 30 }));
  timers.advance(PING_INTERVAL_MS);
  assert.deepEqual(
    latest().sent.map(({ type }) => type),
    ["resume", "ping", "spectate"],
  );
});

test("a server that doesn't answer a resume is given up, and asked again by the same token", async () => {
  const world = await seated();
  const { latest, timers, sockets } = world;
  reconnect(world);
  const silent = latest();
  timers.advance(DEAD_AFTER_MS + PING_INTERVAL_MS);
  assert.deepEqual([silent.closed, sockets.length], [true, 3]);
  latest().accept();
  assert.deepEqual(latest().asked, [resume("t1")]);
});

test("a slow server has its time", async () => {
  const world = await seated();
  const { latest, timers, room, sockets } = world;
  reconnect(world);
  timers.advance(DEAD_AFTER_MS - 1);
  latest().deliver(joined({ token: "t2", tick: 10 + 20 * 7.9 }));
  timers.advance(10);
  assert.deepEqual([room.status, sockets.length], ["joined", 2]);
});

test("whatever is said against the token, the way back is the one without", async () => {
  for (const code of ["bad_token", "room_full", "rate_limited", "unknown_type"]) {
    const world = await seated();
    const { latest, room, news } = world;
    reconnect(world);
    latest().refuse(code);
    assert.deepEqual(latest().asked.at(-1), { type: "join", payload: { name: "Ann", room: "abc" } });
    latest().refuse("unknown_room");
    assert.deepEqual(latest().asked.at(-1), { type: "join", payload: { name: "Ann", game: "tag" } });
    latest().deliver(joined({ room: "new", player: 1, token: "n1" }));
    assert.deepEqual([room.id, room.token, news], ["new", "n1", ["lost", "joined"]]);
    assert.equal(room.state.tick, -1);
    reconnect(world);
    assert.deepEqual(latest().asked, [resume("n1")]);
  }
});

test("the same room under another player id is a new seat", async () => {
  const world = await seated();
  reconnect(world);
  world.latest().refuse("bad_token");
  world.latest().deliver(joined({ player: 4, token: "n1", tick: 11 }));
  assert.deepEqual(world.news, ["lost", "joined"]);
  assert.equal(world.room.state.tick, -1);
});

test("a room whose time is another one than it should be begins anew", async () => {
  const world = await seated();
  reconnect(world);
  world.latest().deliver(joined({ token: "t2", tick: 900 }));
  assert.deepEqual(world.news, ["lost", "joined"]);
});

test("an error about something else doesn't answer the resume", async () => {
  const world = await seated();
  const { client, latest, room } = world;
  /** @type {string[]} */
  const errors = [];
  client.on("error", ({ code }) => errors.push(code));
  reconnect(world);
  latest().deliver({ type: "error", payload: { code: "rate_limited", message: "Slowly." } });
  latest().deliver({ type: "error", payload: { code: "rate_limited", message: "Slowly.", seq: 99 } });
  assert.deepEqual(errors, ["rate_limited", "rate_limited"]);
  assert.equal(latest().asked.length, 1);
  latest().deliver(joined({ token: "t2", tick: 11 }));
  assert.equal(room.status, "joined");
});

test("two rooms on one connection each go on by their own token, and one that is gone harms no other", async () => {
  const world = await seated();
  const { client, room, latest } = world;
  const more = client.join({ game: "tag", name: "Ann" });
  latest().deliver(joined({ room: "xyz", handle: 2, player: 8, token: "x1", tick: 50 }));
  const other = await more;
  latest().deliver(snapshot(50, null, { runners: { set: { 8: [5, 5, true] } } }, { handle: 2 }));
  const watching = client.spectate("def");
  latest().deliver(joined({ room: "def", handle: 3, role: "spectator", player: null, tick: 70 }));
  const third = await watching;
  reconnect(world);
  latest().refuse("bad_token");
  latest().deliver(joined({ player: 4, handle: 11, token: "t2" }));
  latest().deliver(joined({ room: "xyz", handle: 12, player: 8, token: "x2", tick: 51 }));
  latest().deliver(joined({ room: "def", handle: 13, role: "spectator", player: null, tick: 71 }));
  assert.deepEqual(latest().asked, [
    resume("t1"),
    { type: "join", payload: { name: "Ann", room: "abc" } },
    resume("x1"),
    { type: "spectate", payload: { room: "def" } },
  ]);
  assert.deepEqual(
    [room, other, third].map(({ handle, player, token }) => [handle, player, token]),
    [
      [11, 4, "t2"],
      [12, 8, "x2"],
      [13, null, null],
    ],
  );
});

test("who left on the way back is not seated again", async () => {
  const world = await seated();
  const { client, room, latest, news } = world;
  reconnect(world);
  room.leave();
  latest().deliver(joined({ handle: 7, token: "t2" }));
  assert.deepEqual(latest().sent.at(-1), { type: "leave", payload: {}, handle: 7 });
  latest().deliver({ type: "left", handle: 7, payload: { reason: "left" } });
  assert.deepEqual([news, client.rooms], [["lost", "left"], []]);
});

test("a room that ends on the way back is gone", async () => {
  const world = await seated();
  const { latest } = world;
  reconnect(world);
  latest().deliver({ type: "left", handle: 7, payload: { reason: "ended" } });
  assert.deepEqual(latest().asked.at(-1), { type: "join", payload: { name: "Ann", room: "abc" } });
});

test("a room that was over before it let anybody in is refused, and late news of a room left is not that", async () => {
  const { client, room, latest } = await seated();
  room.leave();
  const more = client.join({ room: "xyz", name: "Ann" });
  latest().deliver({ type: "left", handle: 1, payload: { reason: "left" } });
  latest().deliver({ type: "left", handle: 1, payload: { reason: "left" } });
  latest().deliver({ type: "left", handle: 2, payload: { reason: "ended" } });
  await assert.rejects(more, (error) => error instanceof ServerError && error.code === "unknown_room");
});

test("who went on playing elsewhere is out here, and doesn't come back by himself", async () => {
  const { client, room, latest, timers, sockets, news } = await seated();
  latest().deliver({ type: "left", handle: 1, payload: { reason: "replaced" } });
  latest().drop(4001);
  timers.advance(60_000);
  assert.deepEqual([room.status, room.leftReason, news], ["left", "replaced", ["left"]]);
  assert.deepEqual([client.connection.state, client.rooms, sockets.length], ["idle", [], 1]);
});

test("the close code alone says as much", async () => {
  const { client, room, latest, timers, sockets } = await seated();
  latest().drop(4001);
  timers.advance(60_000);
  assert.deepEqual([room.leftReason, client.connection.state, sockets.length], ["replaced", "idle", 1]);
});

test("the seat can be taken back, also in the moment before the connection closes", async () => {
  const { client, room, latest } = await seated();
  latest().deliver({ type: "left", handle: 1, payload: { reason: "replaced" } });
  const back = client.resume(String(room.token), { room: room.id, name: "Ann" });
  latest().drop(4001);
  latest().accept();
  assert.deepEqual(latest().asked, [resume("t1")]);
  latest().refuse("bad_token");
  assert.deepEqual(latest().asked.at(-1), { type: "join", payload: { room: "abc", name: "Ann" } });
  latest().deliver(joined({ player: 5, token: "n1" }));
  assert.equal((await back).player, 5);
});

test("who was replaced in one room plays on in the other", async () => {
  const { client, room, latest } = await seated();
  const more = client.join({ game: "tag", name: "Ann" });
  latest().deliver(joined({ room: "xyz", handle: 2, player: 8, token: "x1" }));
  const other = await more;
  latest().deliver({ type: "left", handle: 1, payload: { reason: "replaced" } });
  assert.deepEqual([room.status, other.status, client.rooms], ["left", "joined", [other]]);
});

test("a seat of another page is gone on in by its token, and entered anew where there is none", async () => {
  const { options, latest } = fakeWorld();
  const client = new Client(options);
  const going_on = client.resume("t5", { room: "abc", name: "Ann" });
  const anew = client.resume(null, { room: "xyz", name: "Ann" });
  latest().accept();
  latest().deliver(joined({ token: "t6" }));
  latest().deliver(joined({ room: "xyz", handle: 2, token: "x1" }));
  assert.deepEqual(latest().asked, [resume("t5"), { type: "join", payload: { room: "xyz", name: "Ann" } }]);
  assert.deepEqual([(await going_on).token, (await anew).token], ["t6", "x1"]);
});

test("a server that closes is left alone for as long as it said, and then shown the token", async () => {
  const { latest, timers, sockets, room } = await seated();
  latest().deliver({ type: "closing", payload: { reason: "restart", retry_after_s: 2 } });
  latest().deliver({ type: "left", handle: 1, payload: { reason: "closing" } });
  latest().drop(1001);
  assert.equal(room.status, "lost");
  timers.advance(2_999);
  assert.equal(sockets.length, 1);
  timers.advance(1);
  latest().accept();
  assert.deepEqual(latest().asked, [resume("t1")]);
});

test("who is away is said once, and whoever left meanwhile stays known by name", async () => {
  const world = await seated();
  const { room, latest } = world;
  /** @type {string[]} */
  const news = [];
  room.on("presence", (change) => news.push(`${change.player.name} ${change.change} ${change.news}`));
  latest().deliver({ type: "player_joined", handle: 1, payload: { player: 4, name: "Bob", bot: false } });
  latest().deliver({ type: "player_joined", handle: 1, payload: { player: 5, name: "Cid", bot: false } });
  latest().deliver({ type: "player_away", handle: 1, payload: { player: 4 } });
  reconnect(world);
  const players = ["Ann", "Bob"].map((name, index) => ({ player: 3 + index, name, bot: false }));
  latest().deliver(joined({ handle: 2, token: "t2", tick: 11, players }));
  assert.equal(room.players.get(4)?.away, false);
  latest().deliver({ type: "player_away", handle: 2, payload: { player: 4 } });
  latest().deliver(snapshot(12, null, HERE, { handle: 2 }));
  latest().deliver({ type: "player_back", handle: 2, payload: { player: 4 } });
  latest().deliver({ type: "player_away", handle: 2, payload: { player: 4 } });
  assert.deepEqual(news.slice(2), ["Bob away true", "Bob away false", "Bob back true", "Bob away true"]);
  assert.deepEqual([...room.players.keys()], [3, 4]);
  assert.equal(room.nameOf(5), "Cid");
});

test("a delta where a keyframe should be starts the connection over, even if it would fit what is shown", async (context) => {
  context.mock.method(console, "error", () => {});
  const world = await seated();
  reconnect(world);
  world.latest().deliver(joined({ token: "t2", tick: 11 }));
  world.latest().deliver(snapshot(11, 10, {}));
  assert.equal(world.room.status, "lost");
});

test("a room that was being left when the connection broke is left, and nobody comes back to it", async () => {
  const world = await seated();
  const { room, latest, timers, news } = world;
  room.leave();
  latest().drop(1006);
  assert.deepEqual([room.status, room.leftReason, news], ["left", "left", ["left"]]);
  const before = world.latest();
  timers.advance(60_000);
  assert.equal(world.latest(), before, "and no connection is made for nothing");
});

test("a join that the game refuses in its step is refused", async () => {
  const world = await seated();
  const joining = world.client.join({ game: "tag", name: "Mallory" });
  const { seq } = world.latest().sent.at(-1);
  const refusal = { code: "not_you", message: "Anyone but Mallory.", seq };
  world.latest().deliver({ type: "error", handle: 2, payload: refusal });
  await assert.rejects(joining, { code: "not_you" });
});
