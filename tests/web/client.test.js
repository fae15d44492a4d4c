import assert from "node:assert/strict";
import test from "node:test";
import { Client } from "../../clients/web/sdk/client.js";
import { DEAD_AFTER_MS, PING_INTERVAL_MS } from "../../clients/web/sdk/heartbeat.js";
import { ServerError } from "../../clients/web/sdk/messages.js";
import { rowsOf } from "../../clients/web/sdk/state.js";
import { fakeWorld, joined, snapshot } from "./fakes.js";

async function joinedRoom() {
  const world = fakeWorld();
  const client = new Client(world.options);
  const joining = client.join({ game: "tag", name: "Ann", options: { speed: 9 } });
  world.latest().accept();
  world.latest().deliver(joined());
  const room = await joining;
  world.latest().deliver(snapshot(10, null, { runners: { set: { 3: [1, 2, false] } } }));
  return { ...world, client, room };
}

/** @param {{ latest: () => import("./fakes.js").FakeSocket, timers: import("./fakes.js").FakeTimers }} world */
function reconnect({ latest, timers }) {
  latest().drop(1006);
  timers.advance(0);
  latest().accept();
}

test("a join waits for the connection, and gives a room with its state", async () => {
  const { room, latest } = await joinedRoom();
  assert.deepEqual(latest().asked, [
    { type: "join", payload: { game: "tag", name: "Ann", options: { speed: 9 } } },
  ]);
  assert.equal(room.player, 3);
  assert.equal(room.nameOf(3), "Ann");
  assert.deepEqual(rowsOf(room.state, "runners").get(3), { x: 1, y: 2, it: false });
});

test("a refused join rejects, and the next one is sent only then", async () => {
  const world = fakeWorld();
  const client = new Client(world.options);
  const first = client.join({ game: "tag", name: "" });
  const second = client.spectate("abc");
  world.latest().accept();
  assert.equal(world.latest().sent.length, 1);
  world.latest().refuse("bad_name");
  await assert.rejects(first, (error) => error instanceof ServerError && error.code === "bad_name");
  assert.equal(world.latest().sent[1].type, "spectate");
  world.latest().deliver(joined({ role: "spectator", player: null }));
  assert.equal((await second).spectating, true);
});

test("commands carry the handle and a rising number, and are done when acknowledged", async () => {
  const { room, latest } = await joinedRoom();
  let done = false;
  const sent = room.command("play", { card: 4 }).then(() => {
    done = true;
  });
  room.input("steer", { dx: 1 });
  const [play, steer] = latest().sent.slice(-2);
  assert.deepEqual(play, { type: "play", payload: { card: 4 }, handle: 1, seq: play.seq });
  assert.ok(steer.seq > play.seq);
  latest().deliver(snapshot(11, 10, {}, { ack: play.seq - 1 }));
  await Promise.resolve();
  assert.equal(done, false);
  latest().deliver(snapshot(12, 11, {}, { ack: steer.seq }));
  await sent;
});

test("a refusal reaches the command that it is about, others the room", async () => {
  const { room, latest } = await joinedRoom();
  /** @type {string[]} */
  const errors = [];
  room.on("error", ({ code }) => errors.push(code));
  const refused = room.command("play", {});
  const { seq } = latest().sent.at(-1);
  latest().deliver({ type: "error", payload: { code: "not_your_turn", message: "Wait.", seq } });
  await assert.rejects(refused, /Wait/);
  latest().deliver({ type: "error", handle: 1, payload: { code: "rate_limited", message: "Slowly." } });
  assert.deepEqual(errors, ["rate_limited"]);
});

test("two rooms on one connection each get what is theirs", async () => {
  const { client, room, latest } = await joinedRoom();
  const watching = client.spectate("xyz");
  latest().deliver(joined({ room: "xyz", handle: 2, role: "spectator", player: null }));
  const other = await watching;
  latest().deliver(snapshot(50, null, { runners: { set: { 8: [5, 5, true] } } }, { handle: 2 }));
  latest().deliver(snapshot(11, 10, {}));
  assert.equal(other.state.tick, 50);
  assert.equal(room.state.tick, 11);
  other.leave();
  assert.deepEqual(latest().sent.at(-1), { type: "leave", payload: {}, handle: 2 });
  latest().deliver({ type: "left", handle: 2, payload: { reason: "left" } });
  assert.deepEqual(client.rooms, [room]);
});

test("after a lost connection the same room is joined by id under the same name", async () => {
  const world = await joinedRoom();
  const { room, latest } = world;
  const waiting = room.command("play", {});
  reconnect(world);
  await assert.rejects(waiting, /connection is down/);
  assert.equal(room.status, "lost");
  assert.deepEqual(latest().asked, [{ type: "join", payload: { name: "Ann", room: "abc" } }]);
  latest().deliver(joined({ handle: 4, player: 9 }));
  latest().deliver(snapshot(3, null, {}, { handle: 4 }));
  assert.equal(room.status, "joined");
  assert.equal(room.player, 9);
  assert.equal(room.state.tick, 3);
  room.chat("hi");
  assert.equal(latest().sent.at(-1).handle, 4);
});

test("if the room is gone a player gets another one of the same game, with the same options", async () => {
  const world = await joinedRoom();
  reconnect(world);
  const socket = world.latest();
  socket.refuse("unknown_room");
  assert.deepEqual(socket.asked.at(-1), {
    type: "join",
    payload: { name: "Ann", game: "tag", options: { speed: 9 } },
  });
  socket.deliver(joined({ room: "new" }));
  assert.equal(world.room.id, "new");
  assert.equal(world.room.status, "joined");
});

test("if the room is gone a spectator is out", async () => {
  const world = fakeWorld();
  const client = new Client(world.options);
  const watching = client.spectate("abc");
  world.latest().accept();
  world.latest().deliver(joined({ role: "spectator", player: null }));
  const room = await watching;
  /** @type {string[]} */
  const reasons = [];
  room.on("left", (reason) => reasons.push(reason));
  reconnect(world);
  assert.deepEqual(world.latest().asked, [{ type: "spectate", payload: { room: "abc" } }]);
  world.latest().refuse("unknown_room");
  assert.deepEqual(reasons, ["unknown_room"]);
  assert.deepEqual(client.rooms, []);
});

test("whoever watches a game watches another room of it if the room is gone", async () => {
  const world = fakeWorld();
  const client = new Client(world.options);
  const watching = client.spectate({ game: "tag" });
  world.latest().accept();
  assert.deepEqual(world.latest().asked, [{ type: "spectate", payload: { game: "tag" } }]);
  world.latest().deliver(joined({ role: "spectator", player: null }));
  const room = await watching;
  reconnect(world);
  world.latest().refuse("unknown_room");
  assert.deepEqual(world.latest().asked, [
    { type: "spectate", payload: { room: "abc" } },
    { type: "spectate", payload: { game: "tag" } },
  ]);
  world.latest().deliver(joined({ room: "new", role: "spectator", player: null }));
  assert.equal(room.id, "new");
  assert.equal(room.status, "joined");
});

test("a connection that breaks again on the way back asks once per room, not twice", async () => {
  const world = await joinedRoom();
  reconnect(world);
  world.latest().drop(1006);
  world.timers.advance(1_000);
  world.latest().accept();
  assert.equal(world.latest().sentOf("join").length, 1);
});

test("a join that was not answered is sent again on the next connection", async () => {
  const world = fakeWorld();
  const client = new Client(world.options);
  const joining = client.join({ game: "tag", name: "Ann" });
  world.latest().accept();
  reconnect(world);
  assert.equal(world.latest().sentOf("join").length, 1);
  world.latest().deliver(joined());
  assert.equal((await joining).id, "abc");
});

test("nobody's connection is not kept alive", async () => {
  const { client, room, sockets, timers, latest } = await joinedRoom();
  room.leave();
  latest().deliver({ type: "left", handle: 1, payload: { reason: "left" } });
  latest().drop(1001);
  timers.advance(60_000);
  assert.equal(sockets.length, 1);
  assert.equal(client.connection.state, "idle");
});

test("a snapshot that builds on something else starts the connection over", async (context) => {
  context.mock.method(console, "error", () => {});
  const world = await joinedRoom();
  world.latest().deliver(snapshot(12, 11, {}));
  assert.equal(world.room.status, "lost");
  world.timers.advance(500);
  world.latest().accept();
  assert.equal(world.latest().sent[0].type, "join");
});

test("pings measure the round trip, and silence means that the connection is dead", async () => {
  const { room, timers, latest } = await joinedRoom();
  const { t } = latest().sentOf("ping").at(-1).payload;
  timers.advance(42);
  latest().deliver({ type: "pong", handle: 1, payload: { t, tick: 10.5 } });
  assert.equal(room.ping_ms, 42);
  const silent = latest();
  timers.advance(DEAD_AFTER_MS + 2 * PING_INTERVAL_MS);
  assert.equal(silent.closed, true);
  assert.equal(room.status, "lost");
});

test("a connection that is heard is alive, though pings stay unanswered", async () => {
  const { timers, latest, client } = await joinedRoom();
  for (let tick = 11; tick < 61; tick++) {
    timers.advance(1_000);
    latest().deliver(snapshot(tick, tick - 1, {}));
  }
  assert.equal(client.connection.state, "open");
});

test("players who come, drop out and go are kept track of, and stay known by name", async () => {
  const { room, latest } = await joinedRoom();
  /** @type {string[]} */
  const changes = [];
  room.on("presence", ({ change, player }) => changes.push(`${player.name} ${change}`));
  latest().deliver({ type: "player_joined", handle: 1, payload: { player: 4, name: "Bob", bot: false } });
  latest().deliver({ type: "player_away", handle: 1, payload: { player: 4 } });
  assert.equal(room.players.get(4)?.away, true);
  latest().deliver({ type: "player_back", handle: 1, payload: { player: 4 } });
  latest().deliver({ type: "player_left", handle: 1, payload: { player: 4, reason: "left" } });
  assert.deepEqual(changes, ["Bob joined", "Bob away", "Bob back", "Bob left"]);
  assert.equal(room.players.has(4), false);
  assert.equal(room.nameOf(4), "Bob");
});

test("disconnecting refuses what waits and ends what runs", async () => {
  const { client, room, latest } = await joinedRoom();
  const more = client.join({ room: "other", name: "Ann" });
  client.disconnect();
  await assert.rejects(more, /went away/);
  assert.equal(room.status, "left");
  assert.equal(latest().sent.at(-1).type, "leave");
  assert.equal(latest().closed, true);
  assert.equal(client.connection.state, "idle");
});

test("a server that restarts empties its rooms, and they are entered again", async () => {
  const world = await joinedRoom();
  const { room, latest } = world;
  latest().deliver({ type: "closing", payload: { reason: "restart", retry_after_s: null } });
  latest().deliver({ type: "left", handle: 1, payload: { reason: "closing" } });
  latest().drop(1001);
  assert.equal(room.status, "lost");
  world.timers.advance(500);
  latest().accept();
  assert.equal(latest().sent[0].payload.room, "abc");
});

test("a room whose tables can't be read is not entered, in words", async () => {
  const { options, latest } = fakeWorld();
  const client = new Client(options);
  const entering = client.join({ game: "tag" });
  latest().accept();
  latest().deliver(
    joined({ handle: 4, schema: { future: { kind: "table", fields: [["x", /** @type {any} */ ("u64")]] } } }),
  );
  await assert.rejects(entering, /"u64", which this version doesn't know/);
  assert.deepEqual(latest().sent.at(-1), { type: "leave", payload: {}, handle: 4 });
  assert.deepEqual(client.rooms, []);
});
