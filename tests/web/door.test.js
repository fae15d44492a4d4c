import assert from "node:assert/strict";
import test from "node:test";
import { Client } from "../../clients/web/sdk/client.js";
import { Connection } from "../../clients/web/sdk/connection.js";
import { askAtDoor } from "../../clients/web/sdk/door.js";
import { NOTICED_MS, Outage } from "../../clients/web/ui/outage.js";
import { fakeWorld, joined } from "./fakes.js";

/**
 * @typedef {import("../../clients/web/sdk/door.js").Refusal} Refusal
 */

/** @type {Refusal} */
const STRANGER = { retry: "never", title: "Who?", text: "The ticket has expired.", retry_after_s: null };
/** @type {Refusal} */
const FULL = { retry: "later", title: "Wait", text: "The server is full.", retry_after_s: 10 };

/**
 * @param {number} status
 * @param {string} body
 * @param {Record<string, string>} [headers]
 * @param {string} [url]
 */
async function asked(status, body, headers = {}, url = "ws://test/ws") {
  /** @type {string[]} */
  const urls = [];
  const refusal = await askAtDoor(url, new AbortController().signal, async (address) => {
    urls.push(address);
    return new Response(body, {
      status,
      headers: { "Content-Type": "text/plain; charset=utf-8", ...headers },
    });
  });
  return { refusal, urls };
}

/** A connection whose first try has just failed, and whose question `answer` answers. */
function failedTry() {
  const world = fakeWorld();
  const connection = new Connection(world.options);
  connection.open();
  world.latest().drop(1006);
  const answer = async (/** @type {Refusal|null} */ refusal) => {
    world.questions.at(-1)?.(refusal);
    await Promise.resolve();
  };
  return { ...world, connection, answer };
}

test("the door is asked by plain HTTP at the same address, with the same ticket", async () => {
  const http = await asked(426, "", {}, "ws://a:80/games/ws?snapshots=json&ticket=a+b");
  assert.deepEqual(http.urls, ["http://a/games/ws?snapshots=json&ticket=a+b"]);
  const https = await asked(426, "", {}, "wss://a:8443/ws");
  assert.deepEqual(https.urls, ["https://a:8443/ws"]);
});

test("whoever isn't wanted gets the server's own sentence, and is told not to come back by himself", async () => {
  for (const status of [401, 403]) {
    const { refusal } = await asked(status, "The ticket has expired.\n");
    assert.deepEqual([refusal?.retry, refusal?.text], ["never", "The ticket has expired."]);
  }
});

test("whoever finds no place is told when to come back", async () => {
  for (const status of [429, 503]) {
    const { refusal } = await asked(status, "The server is full.\n", { "Retry-After": "10" });
    assert.deepEqual(
      [refusal?.retry, refusal?.text, refusal?.retry_after_s],
      ["later", "The server is full.", 10],
    );
  }
});

test("a time that isn't in seconds counts as not said", async () => {
  for (const when of ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "soon", ""]) {
    const { refusal } = await asked(503, "Later.", { "Retry-After": when });
    assert.equal(refusal?.retry_after_s, null, when);
  }
});

test("what a proxy says for the server is no sentence for players", async () => {
  const page = await asked(503, "<html>Service Unavailable</html>", { "Content-Type": "text/html" });
  const empty = await asked(503, "\n");
  const long = await asked(503, "x".repeat(5_000));
  for (const { refusal } of [page, empty, long]) assert.equal(refusal?.text, "It is busy.");
});

test("a door that is open, or that nobody answers at, explains nothing", async () => {
  for (const status of [426, 400, 404, 500, 502])
    assert.equal((await asked(status, "No.")).refusal, null, `${status}`);
  const unreachable = askAtDoor("ws://test/ws", new AbortController().signal, () =>
    Promise.reject(new TypeError("Failed to fetch")),
  );
  assert.equal(await unreachable, null);
});

test("the door is asked once for each try that failed, never for a connection that was open", () => {
  const { timers, questions, latest } = failedTry();
  assert.equal(questions.length, 1);
  timers.advance(500);
  latest().drop(1006);
  assert.equal(questions.length, 2);
  timers.advance(1_000);
  latest().accept();
  latest().drop(1006);
  assert.equal(questions.length, 2);
});

test("whoever isn't wanted doesn't try again, until told to", async () => {
  const { connection, timers, sockets, answer, latest } = failedTry();
  await answer(STRANGER);
  assert.deepEqual([connection.state, connection.refusal], ["closed", STRANGER]);
  timers.advance(600_000);
  assert.equal(sockets.length, 1);
  connection.retryNow();
  assert.equal(connection.state, "connecting");
  latest().accept();
  assert.deepEqual([connection.state, connection.refusal], ["open", null]);
});

test("whoever finds no place comes when told to, and chance spreads those who were told the same", async () => {
  const { connection, timers, sockets, answer } = failedTry();
  await answer(FULL);
  assert.deepEqual([connection.state, connection.refusal], ["waiting", FULL]);
  assert.equal(connection.retryAt_ms, timers.now() + 15_000);
  timers.advance(14_999);
  assert.equal(sockets.length, 1);
  timers.advance(1);
  assert.equal(sockets.length, 2);
});

test("while nobody answers, or not a time, it is tried again as ever", async () => {
  const { connection, timers, sockets, answer, latest } = failedTry();
  timers.advance(500);
  assert.equal(sockets.length, 2);
  latest().drop(1006);
  await answer({ ...FULL, retry_after_s: null });
  assert.equal(connection.refusal?.text, FULL.text);
  timers.advance(1_000);
  assert.equal(sockets.length, 3);
});

test("an answer that comes after the next try began changes nothing", async () => {
  const { connection, timers, questions } = failedTry();
  timers.advance(500);
  questions[0]?.(STRANGER);
  await Promise.resolve();
  assert.deepEqual([connection.state, connection.refusal], ["connecting", null]);
});

test("an answer that nobody waits for any more changes nothing", async () => {
  const { connection, answer } = failedTry();
  connection.close();
  await answer(STRANGER);
  assert.deepEqual([connection.state, connection.refusal], ["idle", null]);
});

test("a refusal is forgotten when the next try fails for another reason", async () => {
  const { connection, timers, answer, latest } = failedTry();
  await answer(FULL);
  timers.advance(15_000);
  latest().drop(1006);
  assert.equal(connection.refusal, FULL);
  /** @type {(Refusal|null)[]} */
  const told = [];
  connection.on("state", () => told.push(connection.refusal));
  await answer(null);
  assert.deepEqual([connection.state, told], ["waiting", [null]]);
});

test("a join waits behind a closed door, and goes in by the next one that opens", async () => {
  const { options, questions, latest } = fakeWorld();
  const client = new Client(options);
  const joining = client.join({ game: "tag", name: "Ann" });
  latest().drop(1006);
  questions[0]?.(STRANGER);
  await Promise.resolve();
  assert.equal(client.connection.state, "closed");
  client.connection.retryNow();
  latest().accept();
  latest().deliver(joined());
  assert.equal((await joining).player, 3);
});

test("a room whose player isn't let back in waits for him to try again", async () => {
  const { options, timers, questions, latest } = fakeWorld();
  const client = new Client(options);
  const joining = client.join({ game: "tag", name: "Ann" });
  latest().accept();
  latest().deliver(joined({ token: "t1" }));
  const room = await joining;
  latest().drop(1006);
  timers.advance(0);
  latest().drop(1006);
  questions[0]?.(STRANGER);
  await Promise.resolve();
  assert.deepEqual([client.connection.state, room.status], ["closed", "lost"]);
  client.connection.retryNow();
  latest().accept();
  assert.deepEqual(latest().asked, [{ type: "resume", payload: { token: "t1" } }]);
});

test("what the server said stands until it has let somebody in, also while that is tried again", async () => {
  const { options, timers, questions, latest } = fakeWorld();
  const client = new Client(options);
  const outage = new Outage(client, { timers, onChange: () => {} });
  const joining = client.join({ game: "tag", name: "Ann" });
  latest().drop(1006);
  questions[0]?.(STRANGER);
  await Promise.resolve();
  assert.equal(outage.shown, true);
  client.connection.retryNow();
  assert.deepEqual([outage.shown, client.connection.refusal], [true, STRANGER]);
  latest().accept();
  assert.equal(outage.shown, false);
  latest().deliver(joined());
  await joining;
  timers.advance(NOTICED_MS);
  assert.equal(outage.shown, false);
});
