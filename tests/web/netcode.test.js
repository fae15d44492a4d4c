import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../clients/web/sdk/index.js";
import { fakeWorld, joined, snapshot } from "./fakes.js";
import { ownOn, percentile, Simulation } from "./simulation.js";

/** Units that a runner of tag moves in a second, at 20 Hz. */
const TOP_SPEED = 140;
const FRAME_MS = 1000 / 60;
/** What drawn time may run faster than time. */
const BEND = 1.1;
/** What sums of fractions may be off. */
const ROUNDING = 0.01;

/** @param {number} at_ms */
const zigzag = (at_ms) => ({
  dx: Math.floor(at_ms / 400) % 2 === 0 ? 1 : -1,
  dy: Math.floor(at_ms / 700) % 2 === 0 ? 1 : -1,
});

/** @param {ConstructorParameters<typeof Simulation>[0]} [options] */
async function playing(options) {
  const simulation = new Simulation(options);
  await simulation.join();
  simulation.run(3_000);
  return simulation;
}

/** @param {Simulation} simulation */
function start(simulation) {
  simulation.samples = [];
  simulation.drawn = [];
}

/** @param {import("./simulation.js").Drawn[]} drawn */
function othersSteps(drawn) {
  return drawn.slice(1).map(({ other_x }, index) => Math.abs(other_x - (drawn[index]?.other_x ?? other_x)));
}

/** @param {import("./simulation.js").Drawn} drawn */
function ownX({ frame }) {
  assert.ok(frame.own !== null);
  return frame.own.x;
}

for (const { binary, recovery_ms, ...link } of [
  { binary: false, latency_ms: 100, jitter_ms: 20, recovery_ms: 300 },
  { binary: true, latency_ms: 100, jitter_ms: 20, recovery_ms: 300 },
  // What a stall did to the inputs is known one round trip later, at 280 ms at the worst.
  { binary: true, latency_ms: 200, jitter_ms: 40, recovery_ms: 450 },
]) {
  const how = `${link.latency_ms} ms and ${link.jitter_ms} ms of jitter${binary ? ", margins told" : ""}`;

  test(`own movement starts in the frame of the press (${how})`, async () => {
    const simulation = await playing({ binary, ...link });
    start(simulation);
    simulation.run(500);
    simulation.run(200, () => ({ dx: 1, dy: 0 }));
    const places = simulation.drawn.map(ownX);
    const pressed = 30;
    assert.ok(places.slice(0, pressed).every((x) => x === places[0]));
    for (let frame = pressed; frame < pressed + 10; frame++) {
      assert.ok((places[frame] ?? 0) > (places[frame - 1] ?? 0), `frame ${frame}: ${places[frame]}`);
    }
  });

  test(`what was predicted is what happens, nearly always (${how})`, async () => {
    const simulation = await playing({ binary, ...link });
    start(simulation);
    simulation.run(20_000, zigzag);
    const corrections = simulation.samples.map(({ correction }) => correction ?? Number.NaN);
    assert.ok(corrections.length > 350);
    assert.ok(percentile(corrections, 0.99) < 4);
    // And the server comes to where the player was led to.
    simulation.run(1_000, () => ({ dx: 0, dy: 0 }));
    assert.equal(
      ownX(/** @type {any} */ (simulation.drawn.at(-1))).toFixed(0),
      String(ownOn(simulation.server).x),
    );
  });

  test(`the clock is within 10 ms, and others never move faster than they can (${how})`, async () => {
    const simulation = await playing({ binary, ...link });
    start(simulation);
    simulation.run(20_000, zigzag);
    for (const { clock_error_ms } of simulation.drawn) assert.ok(Math.abs(clock_error_ms) < 10);
    const fastest = (TOP_SPEED * BEND * FRAME_MS) / 1000 + ROUNDING;
    for (const step of othersSteps(simulation.drawn)) assert.ok(step <= fastest, `${step}`);
  });

  test(`${recovery_ms} ms after a stall of 200 ms all is as before (${how})`, async () => {
    const simulation = await playing({ binary, ...link });
    const { timers, client } = simulation;
    const stall_at_ms = Math.ceil(timers.now() / 5_000) * 5_000;
    client.lag.stall_ms = 200;
    simulation.run(stall_at_ms - timers.now() - 20, zigzag);
    start(simulation);
    simulation.run(20 + 200 + recovery_ms, zigzag);
    const arrivals_ms = simulation.samples.map(({ at_ms }) => at_ms);
    assert.ok(new Set(arrivals_ms).size < arrivals_ms.length, "the stall was felt: several came at once");
    client.lag.stall_ms = 0;
    start(simulation);
    simulation.run(1_000, zigzag);
    assert.ok(simulation.samples.length >= 18);
    for (const { correction } of simulation.samples) assert.ok((correction ?? 0) < 4, `${correction}`);
    const fastest = (TOP_SPEED * BEND * FRAME_MS) / 1000 + 0.1;
    for (const step of othersSteps(simulation.drawn)) assert.ok(step <= fastest, `${step}`);
  });
}

test("a stall corrects nothing as long as nothing else is pressed", async () => {
  for (const binary of [true, false]) {
    const simulation = await playing({ binary, latency_ms: 100, jitter_ms: 20 });
    const { timers, client } = simulation;
    const ahead = () => ({ dx: 1, dy: 0 });
    simulation.run(300, ahead);
    client.lag.stall_ms = 200;
    const stall_at_ms = Math.ceil(timers.now() / 5_000) * 5_000;
    simulation.run(stall_at_ms - timers.now() - 600, () => ({ dx: 0, dy: 0 }));
    simulation.run(400, ahead);
    start(simulation);
    simulation.run(1_500, ahead);
    assert.ok(Math.max(...simulation.samples.map(({ skipped }) => skipped)) === 0);
    for (const { correction } of simulation.samples) assert.equal(correction, 0);
    // The fighter ran on all the time, too: no frame stood still, none jumped.
    for (const [index, each] of simulation.drawn.slice(1).entries()) {
      const step = ownX(each) - ownX(/** @type {any} */ (simulation.drawn[index]));
      assert.ok(step > 0 && step < 4, `${step}`);
    }
  }
});

for (const { binary, ...link } of [
  { binary: false, latency_ms: 100, jitter_ms: 20 },
  { binary: true, latency_ms: 100, jitter_ms: 20 },
  { binary: true, latency_ms: 10, jitter_ms: 0 },
]) {
  const how = `${link.latency_ms} ms and ${link.jitter_ms} ms of jitter${binary ? ", margins told" : ""}`;

  test(`nothing stands still, jumps or ends while the connection is lost for a moment (${how})`, async () => {
    const simulation = await playing({ binary, ...link });
    const { server, room } = simulation;
    /** @type {string[]} */
    const news = [];
    for (const name of /** @type {const} */ (["joined", "resumed", "lost"]))
      room.on(name, () => news.push(name));
    const there = () => ({ dx: -1, dy: 0 });
    simulation.run(500, there);
    start(simulation);
    server.lose();
    simulation.run(200, there);
    server.accept();
    simulation.run(100, there);
    const frames = simulation.drawn.length;
    assert.equal(frames, Math.ceil(300 / FRAME_MS));
    simulation.run(200, there);
    assert.deepEqual(news, ["lost", "resumed"]);
    // Before the keyframe has come, the own fighter runs on...
    const lost = simulation.drawn.slice(0, 12);
    for (const [index, each] of lost.slice(1).entries()) {
      const step = ownX(/** @type {any} */ (lost[index])) - ownX(each);
      assert.ok(step > 0 && step < 4, `${step}`);
    }
    // ...and after it he is led to where the server has him, which let him stand meanwhile.
    for (const [index, each] of simulation.drawn.slice(1).entries()) {
      const step = Math.abs(ownX(each) - ownX(/** @type {any} */ (simulation.drawn[index])));
      assert.ok(step < 15, `${step}`);
    }
    for (const { clock_error_ms } of simulation.drawn) assert.ok(Math.abs(clock_error_ms) < 10);
    simulation.run(1_000, zigzag);
    start(simulation);
    simulation.run(2_000, zigzag);
    assert.ok(simulation.samples.length >= 38);
    for (const { correction } of simulation.samples) assert.ok((correction ?? 0) < 4, `${correction}`);
    const fastest = (TOP_SPEED * BEND * FRAME_MS) / 1000 + 0.1;
    for (const step of othersSteps(simulation.drawn)) assert.ok(step <= fastest, `${step}`);
    simulation.run(1_000, () => ({ dx: 0, dy: 0 }));
    assert.equal(ownX(/** @type {any} */ (simulation.drawn.at(-1))).toFixed(0), String(ownOn(server).x));
  });
}

test("after a long loss all is right again as soon as there is a keyframe, and nothing is run after", async () => {
  const simulation = await playing({ binary: true, latency_ms: 100 });
  const { server } = simulation;
  const there = () => ({ dx: -1, dy: 0 });
  server.lose();
  simulation.run(10_000, there);
  const own = ownOn(server).x;
  server.accept();
  simulation.run(150, () => ({ dx: 0, dy: 0 }));
  start(simulation);
  simulation.run(1_000, () => ({ dx: 0, dy: 0 }));
  assert.equal(ownOn(server).x, own);
  for (const each of simulation.drawn) assert.equal(ownX(each).toFixed(0), String(own));
  for (const { clock_error_ms } of simulation.drawn) assert.ok(Math.abs(clock_error_ms) < 10);
});

test("an event that came before the connection was lost is told when it is drawn, once", async () => {
  const simulation = await playing({ latency_ms: 100 });
  const { server, room, timers } = simulation;
  /** @type {{ tick: number, drawn: number, status: string }[]} */
  const told = [];
  let drawn = Number.NaN;
  room.on("event", ({ tick }) => told.push({ tick, drawn, status: room.status }));
  // It is under way for 50 ms, and drawn about 100 ms later.
  while (server.tick % 10 !== 1) simulation.run(FRAME_MS);
  const tick = server.tick - 1;
  server.lose();
  for (let frame = 0; frame < 24; frame++) {
    timers.advance(FRAME_MS);
    drawn = room.frame(timers.now())?.tick ?? Number.NaN;
  }
  server.accept();
  simulation.run(1_000);
  const [first] = told.filter((each) => each.tick === tick);
  assert.equal(first?.status, "lost");
  assert.ok(Number(first?.drawn) >= tick - 1);
  assert.equal(new Set(told.map((each) => each.tick)).size, told.length);
});

test("inputs that pile up on the server after a stall are left out again, where it tells of them", async () => {
  const simulation = await playing({ binary: true, latency_ms: 100, rate_hz: 30 });
  const { timers, client, server } = simulation;
  const stall_at_ms = Math.ceil(timers.now() / 5_000) * 5_000;
  client.lag.stall_ms = 300;
  simulation.run(stall_at_ms + 350 - timers.now(), zigzag);
  client.lag.stall_ms = 0;
  assert.ok(server.waiting.length >= 3);
  simulation.run(1_000, zigzag);
  assert.ok(server.waiting.length <= 2);
});

test("a tap between two frames isn't lost", async () => {
  const simulation = await playing({ latency_ms: 100 });
  /** @type {boolean[]} */
  const jumps = [];
  const { server, room } = simulation;
  const send = server.send.bind(server);
  server.send = (text) => {
    const { type, payload } = JSON.parse(text);
    if (type === "steer") jumps.push(payload.jump === true);
    send(text);
  };
  room.hold({ dx: 0, dy: 0, jump: true });
  room.hold({ dx: 0, dy: 0, jump: false });
  simulation.run(1_000);
  assert.equal(jumps.filter((jump) => jump).length, 1);
});

test("one input is sent for each tick, and none any more when nobody draws, but for the last", async () => {
  const simulation = await playing();
  const { server, room, timers } = simulation;
  let sent = 0;
  const send = server.send.bind(server);
  server.send = (text) => {
    if (JSON.parse(text).type === "steer") sent += 1;
    send(text);
  };
  const before = server.tick;
  simulation.run(2_000);
  assert.ok(Math.abs(sent - (server.tick - before)) <= 1);
  sent = 0;
  room.hold({ dx: 0, dy: 0 });
  room.flush();
  timers.advance(2_000);
  assert.equal(sent, 1);
});

test("events are told when they can be seen; to somebody who draws nothing, at once", async () => {
  const simulation = new Simulation({ latency_ms: 100 });
  await simulation.join();
  const { room, timers } = simulation;
  /** @type {{ tick: number, newest: number, drawn: number }[]} */
  const told = [];
  let drawn = Number.NaN;
  room.on("event", ({ tick }) => told.push({ tick, newest: room.state.tick, drawn }));
  timers.advance(2_000);
  for (const { tick, newest } of told) assert.equal(newest, tick - 1);
  assert.ok(told.length >= 3);
  for (let frame = 0; frame < 120; frame++) {
    timers.advance(FRAME_MS);
    told.length = 0;
    drawn = room.frame(timers.now())?.tick ?? Number.NaN;
    for (const { tick, newest } of told) assert.ok(newest > tick && tick <= drawn);
  }
});

test("everything can be turned off, and the ghost on", async () => {
  const simulation = await playing({ latency_ms: 200 });
  simulation.run(500, () => ({ dx: 1, dy: 0 }));
  const { room } = simulation;
  room.netOptions.ghost = true;
  simulation.run(20, () => ({ dx: 1, dy: 0 }));
  const { frame } = /** @type {import("./simulation.js").Drawn} */ (simulation.drawn.at(-1));
  assert.ok(Number(frame.own?.x) - Number(frame.ghost?.x) > 20);
  room.netOptions.prediction = false;
  room.netOptions.interpolation = false;
  simulation.run(20, () => ({ dx: 1, dy: 0 }));
  const plain = simulation.drawn.at(-1)?.frame;
  assert.equal(plain?.own, null);
  assert.equal(plain?.tick, room.state.tick);
});

test("without a twin there is no prediction, and it is said once", async (context) => {
  const info = context.mock.method(console, "info", () => {});
  const world = fakeWorld();
  const client = new Client(world.options);
  const joining = client.join({ game: "chess" });
  world.latest().accept();
  world.latest().deliver(joined({ game: "chess" }));
  const room = await joining;
  world.latest().deliver(snapshot(10, null, { runners: { set: { 3: [1, 2, false] } } }));
  for (let frame = 0; frame < 3; frame++) assert.equal(room.frame(1_000 + frame, { dx: 1 })?.own, null);
  assert.equal(room.predictor, null);
  assert.match(room.stats.prediction, /no twin/);
  assert.equal(info.mock.callCount(), 1);
});

test("statistics say how the network does", async () => {
  const simulation = await playing({ binary: true, latency_ms: 100, jitter_ms: 10 });
  simulation.run(12_000, zigzag);
  const { stats } = simulation.room;
  const first = /** @type {any} */ (stats.samples[0]);
  const latest = /** @type {any} */ (stats.latest);
  assert.ok(latest.at_ms - first.at_ms > 9_000 && latest.at_ms - first.at_ms <= 10_000);
  assert.ok(latest.rtt_ms >= 100 && latest.rtt_ms < 120);
  assert.ok(latest.delay_ms > 140 && latest.delay_ms < 200);
  assert.ok(latest.bytes_per_s > 1_000);
  assert.ok(latest.margin >= 0);
  assert.equal(stats.skipped, 0);
  assert.equal(stats.prediction, "on");
});
