import { ErrorBlend } from "./error_blend.js";
import { NetStats } from "./net_stats.js";
import { Playback } from "./playback.js";
import { Predictor } from "./predictor.js";
import { ServerClock } from "./server_clock.js";
import { rowsOf } from "./state.js";
import { twinOf } from "./twins.js";

/**
 * @typedef {import("./messages.js").Joined} Joined
 * @typedef {import("./messages.js").GameEvent} GameEvent
 * @typedef {import("./predictor.js").Held} Held
 * @typedef {import("./playback.js").Sample} Sample
 * @typedef {import("./state.js").Row} Row
 * @typedef {import("./snapshots.js").ReceivedSnapshot} ReceivedSnapshot
 *
 * What may be turned off, to see what it does.
 * @typedef {object} NetOptions
 * @property {boolean} prediction off: one's own row is drawn as the server last said, like everyone else's
 * @property {boolean} interpolation off: the newest state is drawn at once, as it is
 * @property {boolean} smoothing off: corrections show as jumps
 * @property {boolean} ghost on: the frame has one's own row as of the newest snapshot, too
 *
 * One's own row as it is to be drawn: `x` and `y` are fractional.
 * @typedef {Row & { x: number, y: number }} OwnRow
 *
 * What to draw in one frame.
 * @typedef {Sample & { own: OwnRow|null, own_tick: number|null, ghost: Row|null }} Frame
 *   `own`: predicted, else null; `own_tick`: of `own`, fractional, on the server's count of ticks
 *
 * What the netcode needs of its room.
 * @typedef {object} NetLink
 * @property {() => number} now milliseconds
 * @property {() => number} bytesReceived so far
 * @property {(name: string, payload: object) => number|null} sendInput gives its `seq`; null: not connected
 * @property {(event: GameEvent) => void} deliver hands an event to those who listen
 */

/** Without a frame for so long nobody draws: events are told at once. */
const DRAWING_MS = 500;
/** A room that is farther than this from where its clock should be has been somewhere else meanwhile. */
const AGREES_MS = 1_000;
/** What part of the snap distance a large error is. */
const LARGE_PART = 1 / 4;

/**
 * One seat's side of the network: the server's clock, everyone else a little in the past, oneself a little in the
 * future, and how well all that goes.
 */
export class Netcode {
  stats = new NetStats();
  clock;
  playback;
  /** @type {Predictor|null} Null for spectators, and in games without a twin. */
  predictor = null;
  #link;
  #options;
  #player;
  /** @type {ReceivedSnapshot|null} */
  #latest = null;
  #blend = new ErrorBlend();
  /** @type {GameEvent[]} Held until drawn time reaches them, oldest first. */
  #events = [];
  /** @type {number|null} When the latest frame was drawn. */
  #framed_ms = null;

  /**
   * @param {Joined} joined
   * @param {NetOptions} options read at each frame
   * @param {NetLink} link
   */
  constructor(joined, options, link) {
    this.#link = link;
    this.#options = options;
    this.#player = joined.player;
    this.clock = new ServerClock(joined.tick_rate);
    this.playback = new Playback(joined.tick_rate);
    const twin = twinOf(joined.game);
    if (joined.player === null) {
      this.stats.prediction = "watching";
    } else if (twin === undefined) {
      this.stats.prediction = `no twin of "${joined.game}"`;
    } else {
      this.stats.prediction = "on";
      const send = (/** @type {Held} */ input) => link.sendInput(twin.input, input);
      this.predictor = new Predictor({ twin, player: joined.player, clock: this.clock, send });
    }
  }

  /**
   * @param {number} tick of the room, a moment ago
   * @returns {boolean} whether the clock says about the same
   */
  agrees(tick) {
    if (!this.clock.started) return false;
    return Math.abs(this.clock.tick(this.#link.now()) - tick) < AGREES_MS * this.clock.rate;
  }

  /**
   * The seat goes on after a lost connection. The clock and the playback do, too: a keyframe is to them what the first
   * snapshot after a stall is.
   */
  resume() {
    this.predictor?.restart();
  }

  /**
   * @param {number} sent_ms
   * @param {number|null} tick
   */
  pong(sent_ms, tick) {
    if (tick !== null) this.clock.pong(sent_ms, tick, this.#link.now());
  }

  /**
   * @param {number} now_ms
   * @returns {number} how far everyone else is drawn behind the server's clock
   */
  delay_ms(now_ms) {
    return (this.clock.tick(now_ms) - this.playback.tick(now_ms)) / this.clock.rate;
  }

  /** @param {ReceivedSnapshot} snapshot */
  snapshot(snapshot) {
    const now_ms = this.#link.now();
    const { state, ack, margin, step_ms } = snapshot;
    this.#latest = snapshot;
    this.clock.start(state.tick, now_ms);
    this.playback.push(state, now_ms);
    this.predictor?.hear(state, ack, margin, now_ms);
    this.stats.add({
      at_ms: now_ms,
      rtt_ms: this.clock.rtt_ms,
      jitter_ms: this.clock.jitter_ms,
      delay_ms: this.delay_ms(now_ms),
      margin,
      bytes: this.#link.bytesReceived(),
      correction: this.predictor && 0,
      step_ms,
      tick: state.tick,
      interval_ticks: this.playback.interval_ticks,
    });
    if (this.#drawn(now_ms)) return;
    this.#settle(false);
    this.releaseEvents();
  }

  /**
   * Corrects what is predicted by the snapshots since the last time.
   *
   * @param {boolean} drawn nobody saw another place when nobody drew; and nothing was predicted then
   */
  #settle(drawn) {
    const correction = this.predictor?.settle();
    if (correction === undefined) return;
    if (correction === null || !drawn) {
      this.#blend.clear();
      return;
    }
    this.#blend.add(correction.x, correction.y);
    this.stats.correct(Math.hypot(correction.x, correction.y) / (this.predictor?.twin.unit ?? 1));
  }

  /** @param {GameEvent} event */
  event(event) {
    this.#events.push(event);
    if (!this.#drawn(this.#link.now())) this.releaseEvents();
  }

  /** Tells all that is held back: nobody will draw what belongs to it. */
  releaseEvents() {
    for (const event of this.#events.splice(0)) this.#link.deliver(event);
  }

  /**
   * @param {number} now_ms
   * @param {Held} [held]
   * @returns {Frame|null} null before the first snapshot
   */
  frame(now_ms, held) {
    if (this.#framed_ms === null) this.#explain();
    const elapsed_ms = Math.max(0, now_ms - (this.#framed_ms ?? now_ms));
    const drawn = this.#drawn(now_ms);
    this.#framed_ms = now_ms;
    this.#settle(drawn);
    if (held !== undefined) this.predictor?.hold(held);
    this.predictor?.advance(now_ms);
    const played = this.playback.sample(now_ms);
    const sample = this.#options.interpolation ? played : this.playback.newest();
    if (sample === null) return null;
    this.#release(sample.tick);
    const { own, own_tick } = this.#own(elapsed_ms);
    return { ...sample, own, own_tick, ghost: this.#ghost() };
  }

  /** @param {number} elapsed_ms */
  #own(elapsed_ms) {
    const predicted = this.#options.prediction ? (this.predictor?.predicted() ?? null) : null;
    const blend = this.#blend;
    if (predicted === null || !this.#options.smoothing) {
      blend.clear();
    } else {
      blend.advance(elapsed_ms, LARGE_PART * (this.predictor?.snap ?? 0));
      blend.add(predicted.swerve.x, predicted.swerve.y);
    }
    if (predicted === null) return { own: null, own_tick: null };
    const own = { ...predicted.row, x: predicted.x + blend.x, y: predicted.y + blend.y };
    return { own, own_tick: predicted.tick };
  }

  /** @returns {Row|null} */
  #ghost() {
    if (!this.#options.ghost || this.#latest === null || this.#player === null) return null;
    const { predictor } = this;
    return predictor && (rowsOf(this.#latest.state, predictor.twin.table).get(this.#player) ?? null);
  }

  /** @param {number} tick that is drawn */
  #release(tick) {
    for (let [event] = this.#events; event !== undefined && event.tick <= tick; [event] = this.#events) {
      this.#events.shift();
      this.#link.deliver(event);
    }
  }

  /** @param {number} now_ms */
  #drawn(now_ms) {
    return this.#framed_ms !== null && now_ms - this.#framed_ms < DRAWING_MS;
  }

  /** To whoever writes a view, once. */
  #explain() {
    if (this.predictor === null && this.#player !== null)
      console.info(`Own movement isn't predicted, there is ${this.stats.prediction}: see registerTwin().`);
  }
}
