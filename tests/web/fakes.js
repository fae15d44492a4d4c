/**
 * @typedef {import("../../clients/web/sdk/door.js").Refusal} Refusal
 */

/** No test has so many timers due at one moment: one sets itself again without end. */
const MOST_AT_ONCE = 10_000;

/** Time that only moves when a test says so. */
export class FakeTimers {
  #now_ms = 1000;
  /** @type {Set<{ due_ms: number, callback: () => void }>} */
  #timers = new Set();

  now = () => this.#now_ms;

  /**
   * @param {() => void} callback
   * @param {number} delay_ms
   */
  set = (callback, delay_ms) => {
    // It would never be due, or stop the clock for all others.
    if (!Number.isFinite(delay_ms)) throw new RangeError(`a timer in ${delay_ms} ms`);
    const timer = { due_ms: this.#now_ms + delay_ms, callback };
    this.#timers.add(timer);
    return timer;
  };

  /** @param {any} timer */
  clear = (timer) => void this.#timers.delete(timer);

  /** @param {number} by_ms */
  advance(by_ms) {
    const end_ms = this.#now_ms + by_ms;
    let atOnce = 0;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.due_ms - b.due_ms)[0];
      if (next === undefined || next.due_ms > end_ms) break;
      this.#timers.delete(next);
      atOnce = next.due_ms > this.#now_ms ? 0 : atOnce + 1;
      if (atOnce > MOST_AT_ONCE) throw new Error(`the clock stands still at ${this.#now_ms} ms`);
      this.#now_ms = next.due_ms;
      next.callback();
    }
    this.#now_ms = end_ms;
  }
}

/** A socket whose other end is the test. */
export class FakeSocket {
  readyState = 0;
  /** @type {((event: any) => void)|null} */
  onopen = null;
  /** @type {((event: any) => void)|null} */
  onmessage = null;
  /** @type {((event: any) => void)|null} */
  onclose = null;
  /** @type {any[]} */
  sent = [];
  closed = false;

  /** @param {string} data */
  send(data) {
    this.sent.push(JSON.parse(data));
  }

  close() {
    this.closed = true;
    this.readyState = 2;
  }

  accept() {
    this.readyState = 1;
    this.onopen?.({});
  }

  /** @param {object} message */
  deliver(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** @param {number} code */
  drop(code) {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  /** The requests to enter rooms that the client sent, without their numbers. @returns {any[]} */
  get asked() {
    const ways = ["join", "spectate", "resume"];
    return this.sent
      .filter(({ type }) => ways.includes(type))
      .map(({ type, payload }) => ({ type, payload }));
  }

  /**
   * Answers the latest request to enter a room.
   *
   * @param {string} code
   */
  refuse(code) {
    const { seq } = this.sent.findLast(({ type }) => ["join", "spectate", "resume"].includes(type));
    this.deliver({ type: "error", payload: { code, message: `No: ${code}.`, seq } });
  }

  /**
   * @param {string} type
   * @returns {any[]} the messages of this type that the client sent
   */
  sentOf(type) {
    return this.sent.filter((message) => message.type === type);
  }
}

/** Everything a `Connection` or `Client` needs instead of the real world. */
export function fakeWorld() {
  const timers = new FakeTimers();
  /** @type {FakeSocket[]} */
  const sockets = [];
  const openSocket = () => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  };
  /** @type {((refusal: Refusal|null) => void)[]} Questions why a try failed, each to be answered once. */
  const questions = [];
  const askAtDoor = () =>
    new Promise((/** @type {(refusal: Refusal|null) => void} */ answer) => void questions.push(answer));
  const options = { url: "ws://test/ws", openSocket, askAtDoor, timers, random: () => 1 };
  const latest = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  };
  return { timers, sockets, questions, options, latest };
}

/** @type {import("../../clients/web/sdk/messages.js").Schema} */
export const SCHEMA = {
  runners: {
    kind: "per_player",
    fields: [
      ["x", "u16"],
      ["y", "u16"],
      ["it", "bool"],
    ],
  },
};

/**
 * @param {Partial<import("../../clients/web/sdk/messages.js").Joined>} [changes]
 * @returns {any} the message
 */
export function joined(changes = {}) {
  const payload = {
    protocol: 1,
    room: "abc",
    game: "tag",
    handle: 1,
    role: "player",
    player: 3,
    tick: 10,
    tick_rate: 20,
    token: null,
    schema: SCHEMA,
    players: [{ player: 3, name: "Ann", bot: false }],
    audience: { players: 1, spectators: 0 },
    ...changes,
  };
  return { type: "joined", handle: payload.handle, payload };
}

/**
 * @param {number} tick
 * @param {number|null} base
 * @param {object} tables
 * @param {{ handle?: number, ack?: number|null }} [more]
 */
export function snapshot(tick, base, tables, { handle = 1, ack = null } = {}) {
  return { type: "snapshot", handle, payload: { tick, base, ack, tables } };
}
