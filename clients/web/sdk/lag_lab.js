/**
 * @typedef {import("./timers.js").Timers} Timers
 * @typedef {{ due_ms: number, pass: () => void }} Held
 */

/** A stall begins each time this has passed. */
const STALL_EVERY_MS = 5_000;

/**
 * A bad network to try things on, between socket and SDK. All zero, it is not there. Nothing overtakes anything, as on a
 * real connection.
 */
export class LagLab {
  /** Added to the round trip: half on each way. */
  latency_ms = 0;
  /** At random up to this much more, on each way. */
  jitter_ms = 0;
  /** Every five seconds nothing passes for this long, both ways. */
  stall_ms = 0;
  #in;
  #out;

  /**
   * @param {{ timers: Timers, random: () => number }} means `random`: in [0, 1)
   */
  constructor({ timers, random }) {
    const due = (/** @type {number} */ now_ms) => this.#due(now_ms, random());
    this.#in = new Lane(timers, due);
    this.#out = new Lane(timers, due);
  }

  /** @param {() => void} pass takes in what came */
  inbound(pass) {
    this.#in.push(pass);
  }

  /** @param {() => void} pass sends what goes out */
  outbound(pass) {
    this.#out.push(pass);
  }

  /** Loses all that is under way. */
  clear() {
    this.#in.clear();
    this.#out.clear();
  }

  /**
   * @param {number} now_ms
   * @param {number} random
   */
  #due(now_ms, random) {
    const due_ms = now_ms + this.latency_ms / 2 + this.jitter_ms * random;
    const since_stall_ms = due_ms % STALL_EVERY_MS;
    return since_stall_ms < this.stall_ms ? due_ms - since_stall_ms + this.stall_ms : due_ms;
  }
}

/** One way: a queue whose head waits for its time. */
class Lane {
  /** @type {Held[]} */
  #held = [];
  /** @type {unknown} */
  #timer = null;
  #timers;
  #due;

  /**
   * @param {Timers} timers
   * @param {(now_ms: number) => number} due when what comes now may pass
   */
  constructor(timers, due) {
    this.#timers = timers;
    this.#due = due;
  }

  /** @param {() => void} pass */
  push(pass) {
    const now_ms = this.#timers.now();
    const due_ms = Math.max(this.#due(now_ms), this.#held.at(-1)?.due_ms ?? 0);
    if (due_ms <= now_ms && this.#held.length === 0) {
      pass();
      return;
    }
    this.#held.push({ due_ms, pass });
    if (this.#held.length === 1) this.#wait();
  }

  clear() {
    this.#timers.clear(this.#timer);
    this.#held = [];
  }

  #wait() {
    this.#timers.clear(this.#timer);
    const next = this.#held[0];
    if (next === undefined) return;
    this.#timer = this.#timers.set(() => this.#release(), Math.max(0, next.due_ms - this.#timers.now()));
  }

  #release() {
    // What is due stays at the head until it has passed: whatever comes meanwhile queues behind it.
    for (
      let next = this.#held[0];
      next !== undefined && next.due_ms <= this.#timers.now();
      next = this.#held[0]
    ) {
      next.pass();
      if (this.#held[0] === next) this.#held.shift();
    }
    this.#wait();
  }
}
