import assert from "node:assert/strict";
import test from "node:test";
import { Client } from "../../clients/web/sdk/client.js";
import { NOTICED_MS, Outage } from "../../clients/web/ui/outage.js";
import { fakeWorld, joined, snapshot } from "./fakes.js";

async function playing() {
  const world = fakeWorld();
  const client = new Client(world.options);
  /** @type {boolean[]} */
  const shown = [];
  const outage = new Outage(client, {
    timers: world.timers,
    onChange: () => {
      if (shown.at(-1) !== outage.shown) shown.push(outage.shown);
    },
  });
  const joining = client.join({ game: "tag", name: "Ann" });
  world.latest().accept();
  world.latest().deliver(joined({ token: "t1" }));
  await joining;
  world.latest().deliver(snapshot(10, null, {}));
  await Promise.resolve();
  return { ...world, client, outage, shown };
}

test("who is back within a second sees nothing of it", async () => {
  const { latest, timers, shown } = await playing();
  latest().drop(1006);
  timers.advance(400);
  latest().accept();
  timers.advance(NOTICED_MS - 401);
  latest().deliver(joined({ token: "t2", tick: 30 }));
  await Promise.resolve();
  timers.advance(500);
  assert.deepEqual(shown, [false]);
});

test("a longer outage is shown until one is back in the room, not just connected", async () => {
  const { latest, timers, outage, shown } = await playing();
  latest().drop(1006);
  timers.advance(0);
  latest().drop(1006);
  timers.advance(NOTICED_MS - 1);
  assert.equal(outage.shown, false);
  timers.advance(1);
  assert.equal(outage.shown, true);
  latest().accept();
  await Promise.resolve();
  assert.equal(outage.shown, true);
  latest().deliver(joined({ token: "t2" }));
  await Promise.resolve();
  assert.deepEqual(shown, [false, true, false]);
});

test("two short outages are not a long one", async () => {
  const { latest, timers, shown } = await playing();
  for (let n = 0; n < 2; n++) {
    latest().drop(1006);
    timers.advance(600);
    latest().accept();
    latest().deliver(joined({ token: "t2", tick: 10 + 12 * (n + 1) }));
    await Promise.resolve();
  }
  assert.deepEqual(shown, [false]);
});

test("an end that only a person should answer is shown at once", async () => {
  const { latest, shown } = await playing();
  latest().drop(4003);
  assert.deepEqual(shown, [false, true]);
});

test("a seat that went elsewhere is no outage", async () => {
  const { latest, timers, shown } = await playing();
  latest().deliver({ type: "left", handle: 1, payload: { reason: "replaced" } });
  latest().drop(4001);
  timers.advance(10 * NOTICED_MS);
  assert.deepEqual(shown, [false]);
});

test("nobody who gives up is told any more", async () => {
  const { client, latest, timers, shown } = await playing();
  latest().drop(1006);
  client.disconnect();
  timers.advance(10 * NOTICED_MS);
  assert.deepEqual(shown, [false]);
});
