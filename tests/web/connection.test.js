import assert from "node:assert/strict";
import test from "node:test";
import { backoffDelay, FIRST_DELAY_MS, LONGEST_DELAY_MS, SPREAD_MS } from "../../clients/web/sdk/backoff.js";
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

test("the server's wish for a delay is never undercut, and chance spreads those who were told the same", () => {
  assert.equal(backoffDelay(0, 0, 10), 10_000);
  assert.equal(backoffDelay(0, 1, 10), 15_000);
  assert.equal(backoffDelay(0, 1, 0), SPREAD_MS);
});

test("a lost connection is tried again at once, and then each time later", () => {
  const { connection, sockets, timers, latest } = openedConnection();
  latest().drop(1006);
  assert.equal(connection.state, "waiting");
  timers.advance(0);
  assert.deepEqual([connection.state, sockets.length], ["connecting", 2]);
  latest().drop(1006);
  assert.equal(connection.retryAt_ms, timers.now() + 500);
  timers.advance(499);
  assert.equal(sockets.length, 2);
  timers.advance(1);
  assert.equal(sockets.length, 3);
  latest().drop(1006);
  timers.advance(999);
  assert.equal(sockets.length, 3);
  timers.advance(1);
  assert.equal(sockets.length, 4);
});

test("a first try that fails is not followed by one at once", () => {
  const world = fakeWorld();
  const connection = new Connection(world.options);
  connection.open();
  world.latest().drop(1006);
  assert.equal(connection.retryAt_ms, world.timers.now() + 500);
});

test("only a connection that holds starts the backoff afresh", () => {
  const { connection, timers, latest } = openedConnection();
  latest().drop(1006);
  timers.advance(0);
  latest().accept();
  latest().drop(1006);
  assert.deepEqual([connection.attempt, connection.retryAt_ms], [1, timers.now() + 500]);
  timers.advance(500);
  latest().accept();
  timers.advance(STABLE_AFTER_MS);
  latest().drop(1006);
  assert.deepEqual([connection.attempt, connection.retryAt_ms], [0, timers.now()]);
});

test("a server that is going or full is not asked at once", () => {
  for (const code of [1001, 1013]) {
    const { connection, timers, latest } = openedConnection();
    latest().drop(code);
    assert.equal(connection.retryAt_ms, timers.now() + 500);
  }
});

test("a ticket goes along at each try, and one that runs out is asked for again", () => {
  /** @type {string[]} */
  const urls = [];
  const { options, timers, sockets } = fakeWorld();
  const openSocket = (/** @type {string} */ url) => {
    urls.push(url);
    return options.openSocket();
  };
  new Connection({ ...options, openSocket, ticket: "a b&c" }).open();
  sockets[0]?.accept();
  sockets[0]?.drop(1006);
  timers.advance(0);
  let count = 0;
  const renewed = new Connection({
    ...options,
    url: "ws://test/ws?snapshots=json",
    openSocket,
    ticket: () => `t${++count}`,
  });
  renewed.open();
  sockets.at(-1)?.accept();
  renewed.restart();
  timers.advance(0);
  assert.deepEqual(urls, [
    "ws://test/ws?ticket=a+b%26c",
    "ws://test/ws?ticket=a+b%26c",
    "ws://test/ws?snapshots=json&ticket=t1",
    "ws://test/ws?snapshots=json&ticket=t2",
  ]);
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
  latest().drop(1006);
  timers.advance(5_000);
  assert.equal(sockets.length, 1);
  timers.advance(2_500);
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
