import assert from "node:assert/strict";
import test from "node:test";
import { backoffDelay, FIRST_DELAY_MS, LONGEST_DELAY_MS } from "../../clients/web/sdk/backoff.js";
import {
  CONNECT_TIMEOUT_MS,
  Connection,
  STABLE_AFTER_MS,
  socketUrl,
} from "../../clients/web/sdk/connection.js";
import { fakeWorld } from "./fakes.js";

function openedConnection() {
  const world = fakeWorld();
  const connection = new Connection(world.options);
  /** @type {string[]} */
  const states = [];
  connection.on("state", (state) => states.push(state));
  connection.open();
  world.latest().accept();
  return { ...world, connection, states };
}

test("the backoff doubles up to its longest, and chance takes at most half of it", () => {
  assert.equal(backoffDelay(0, 1), FIRST_DELAY_MS);
  assert.equal(backoffDelay(1, 1), 2 * FIRST_DELAY_MS);
  assert.equal(backoffDelay(3, 0), 4 * FIRST_DELAY_MS);
  assert.equal(backoffDelay(5000, 1), LONGEST_DELAY_MS);
});

test("the server's wish for a delay is never undercut", () => {
  assert.ok(backoffDelay(0, 0, 10) >= 10_000);
  assert.ok(backoffDelay(0, 0.9, 10) > backoffDelay(0, 0, 10));
});

test("a lost connection is tried again, each time later", () => {
  const { connection, sockets, timers, latest } = openedConnection();
  latest().drop(1006);
  assert.equal(connection.state, "waiting");
  assert.equal(connection.retryAt_ms, timers.now() + 500);
  timers.advance(499);
  assert.equal(sockets.length, 1);
  timers.advance(1);
  assert.equal(connection.state, "connecting");
  latest().drop(1006);
  timers.advance(999);
  assert.equal(sockets.length, 2);
  timers.advance(1);
  assert.equal(sockets.length, 3);
});

test("only a connection that holds starts the backoff afresh", () => {
  const { connection, timers, latest } = openedConnection();
  latest().drop(1006);
  timers.advance(500);
  latest().accept();
  latest().drop(1006);
  assert.equal(connection.attempt, 2);
  timers.advance(1000);
  latest().accept();
  timers.advance(STABLE_AFTER_MS);
  latest().drop(1006);
  assert.equal(connection.attempt, 1);
});

test("a socket that never opens is given up", () => {
  const world = fakeWorld();
  const connection = new Connection(world.options);
  connection.open();
  world.timers.advance(CONNECT_TIMEOUT_MS);
  assert.equal(world.sockets[0]?.closed, true);
  assert.equal(connection.state, "waiting");
});

test("codes that only a person should answer end the tries, until asked again", () => {
  for (const code of [4001, 4003, 1008]) {
    const { connection, timers, sockets, latest } = openedConnection();
    latest().drop(code);
    assert.equal(connection.state, "closed");
    timers.advance(600_000);
    assert.equal(sockets.length, 1);
    connection.retryNow();
    assert.equal(connection.state, "connecting");
  }
});

test("a server that announces its return is not asked before", () => {
  const { timers, sockets, latest } = openedConnection();
  latest().deliver({ type: "closing", payload: { reason: "restart", retry_after_s: 5 } });
  latest().drop(1001);
  timers.advance(4_999);
  assert.equal(sockets.length, 1);
  timers.advance(5_000);
  assert.equal(sockets.length, 2);
});

test("late news of an old socket changes nothing", () => {
  const { connection, sockets, latest } = openedConnection();
  connection.restart();
  connection.retryNow();
  latest().accept();
  sockets[0]?.drop(4003);
  sockets[0]?.deliver({ type: "pong", payload: {} });
  assert.equal(connection.state, "open");
});

test("a closed connection stays closed", () => {
  const { connection, timers, sockets, latest } = openedConnection();
  latest().drop(1006);
  connection.close();
  timers.advance(60_000);
  assert.equal(connection.state, "idle");
  assert.equal(sockets.length, 1);
  assert.equal(connection.send({ type: "chat" }), false);
});

test("a frame that isn't a message is passed over", (context) => {
  const complaint = context.mock.method(console, "error", () => {});
  const { connection, latest } = openedConnection();
  /** @type {string[]} */
  const types = [];
  connection.on("message", ({ type }) => types.push(type));
  latest().onmessage?.({ data: "{" });
  latest().onmessage?.({ data: "[]" });
  latest().deliver({ type: "pong", payload: { t: 1, tick: 2 } });
  assert.deepEqual(types, ["pong"]);
  assert.equal(complaint.mock.callCount(), 2);
});

test("the address follows the page's", () => {
  const page = { protocol: "https:", host: "play.test", pathname: "/games/index.html" };
  assert.equal(socketUrl(page), "wss://play.test/games/ws");
  assert.equal(socketUrl({ protocol: "http:", host: "a:80", pathname: "/" }), "ws://a:80/ws");
});
