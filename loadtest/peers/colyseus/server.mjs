/**
 * The movers of `loadtest/games.py` as a Colyseus room, with the state in a schema of types as narrow as the game's.
 *
 * node server.mjs --rate-hz=20 --room-size=50 --frame-bytes=0
 */

import { randomBytes, randomInt } from "node:crypto";
import http from "node:http";
import { parseArgs } from "node:util";
import { defineRoom, defineServer, Room } from "@colyseus/core";
import { schema, t } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";

const SIDE = 2000;
const TOP_SPEED = 5;
const SEAT_RESERVATION_S = 60; // thousands are reserved before the first of them connects
const PATCH_HEAD_BYTES = 1 + 1 + 3; // of a patch of `Filled`: protocol, field, and the length of a long string

const { values: flags } = parseArgs({
  options: {
    "rate-hz": { type: "string", default: "20" },
    "room-size": { type: "string", default: "50" },
    "frame-bytes": { type: "string", default: "0" },
  },
});
const intervalMs = 1000 / Number(flags["rate-hz"]);
const roomSize = Number(flags["room-size"]);
const frameBytes = Number(flags["frame-bytes"]);

const Mover = schema(
  { x: t.uint16(), y: t.uint16(), vx: t.int8(), vy: t.int8(), hp: t.uint8(), score: t.uint16() },
  "Mover",
);
const State = schema({ movers: t.map(Mover) }, "State");
const Filled = schema({ data: t.string() }, "Filled");

/** Nothing but state to send: everyone moves in every tick, and bounces off the walls. */
class Movers extends Room {
  maxClients = roomSize;
  seatReservationTimeout = SEAT_RESERVATION_S;
  patchRate = intervalMs;
  autoDispose = true;
  state = new State();
  /** What each player last asked for: a push is one, however long it is held. */
  pushed = new Map();

  messages = {
    push: (client, { vx, vy }) => {
      const last = this.pushed.get(client.sessionId);
      if (!isSpeed(vx) || !isSpeed(vy) || (last.vx === vx && last.vy === vy)) return;
      this.pushed.set(client.sessionId, { vx, vy });
      const mover = this.state.movers.get(client.sessionId);
      mover.vx = vx;
      mover.vy = vy;
    },
  };

  onCreate() {
    this.setTimestep(() => this.step(), intervalMs);
  }

  onJoin(client) {
    const mover = new Mover();
    mover.x = randomInt(SIDE + 1);
    mover.y = randomInt(SIDE + 1);
    mover.vx = anySpeed();
    mover.vy = anySpeed();
    mover.hp = 100;
    mover.score = 0;
    this.pushed.set(client.sessionId, { vx: 0, vy: 0 });
    this.state.movers.set(client.sessionId, mover);
  }

  onLeave(client) {
    this.pushed.delete(client.sessionId);
    this.state.movers.delete(client.sessionId);
  }

  step() {
    for (const mover of this.state.movers.values()) {
      const x = mover.x + mover.vx;
      const y = mover.y + mover.vy;
      if (x < 0 || x > SIDE) mover.vx = -mover.vx;
      if (y < 0 || y > SIDE) mover.vy = -mover.vy;
      mover.x = bounced(x);
      mover.y = bounced(y);
    }
  }
}

/** Fan-out alone: a patch of one size, and new in every tick. */
class Fanout extends Room {
  maxClients = roomSize;
  seatReservationTimeout = SEAT_RESERVATION_S;
  patchRate = intervalMs;
  autoDispose = true;
  state = new Filled();

  onCreate() {
    this.setTimestep(() => {
      const size = frameBytes - PATCH_HEAD_BYTES;
      this.state.data = randomBytes(size).toString("base64").slice(0, size);
    }, intervalMs);
  }
}

/** @param {unknown} speed */
function isSpeed(speed) {
  return Number.isInteger(speed) && speed >= -TOP_SPEED && speed <= TOP_SPEED;
}

/** Any speed but none. */
function anySpeed() {
  const speed = randomInt(1, TOP_SPEED + 1);
  return randomInt(2) ? speed : -speed;
}

/**
 * Where somebody is who went there, the walls being what they are.
 *
 * @param {number} at
 */
function bounced(at) {
  if (at < 0) return -at;
  return at > SIDE ? 2 * SIDE - at : at;
}

const listener = http.createServer();
const server = defineServer({
  rooms: { movers: defineRoom(frameBytes ? Fanout : Movers) },
  transport: new WebSocketTransport({ server: listener, perMessageDeflate: false }),
  greet: false,
});
await server.listen(0, "127.0.0.1");
console.log(`http://127.0.0.1:${listener.address().port}`);
