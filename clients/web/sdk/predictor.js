import { InputLead } from "./input_lead.js";
import { rowsOf } from "./state.js";
import { worldOf } from "./twins.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Row} Row
 * @typedef {import("./server_clock.js").ServerClock} ServerClock
 * @typedef {import("./twins.js").Twin} Twin
 *
 * @typedef {Record<string, unknown>} Held what a player holds: the payload of the predicted input
 * @typedef {{ seq: number, input: Held }} Pending an input that the server hasn't consumed yet, as far as is known
 *
 * The own row as it will be when the server gets to what is pressed now.
 * @typedef {object} Predicted
 * @property {number} tick the tick of the drawn place, fractional
 * @property {Row} row as after the tick that is under way
 * @property {number} x the drawn place, between the last client tick and the next
 * @property {number} y
 * @property {Offset} swerve what to add to the visual error: how far the place is from where the way drawn so far leads,
 *   since another input came within a tick
 *
 * @typedef {{ x: number, y: number }} Offset
 */

/** Inputs in flight beyond which nothing more is made: the server doesn't answer. */
const MOST_PENDING = 64;
/** Client ticks made up for in one frame; what is due beyond them is left out. */
const MOST_DUE = 4;
/** A correction farther than so many of the longest steps is a new place, not an error. */
const SNAP_STEPS = 10;

/**
 * One's own row, ahead of the server by client-side prediction: inputs count at once, and are run again from each
 * snapshot on (server reconciliation, as in Bernier, "Latency Compensating Methods", GDC 2001). It also paces the inputs:
 * one for each client tick, changed or not, since that is what makes running them again exact. Time is an argument.
 */
export class Predictor {
  twin;
  /** How many inputs wait on the server, as it last said; null where it doesn't. @type {number|null} */
  margin = null;
  /** Distance from which on a correction is a new place, in units of the rows. */
  snap = 0;
  #player;
  #clock;
  #lead;
  #send;
  /** @type {Pending[]} Oldest first. */
  #pending = [];
  /** @type {State|null} The latest snapshot. */
  #state = null;
  /** @type {Row|null} The own row after all that is pending. */
  #row = null;
  /** @type {Held|null} */
  #held = null;
  /** Buttons pressed since the last client tick: a tap isn't lost. @type {Set<string>} */
  #pressed = new Set();
  /** @type {number|null} The last client tick; null before the first. */
  #tick = null;
  /** How much of the next client tick has passed. */
  #fraction = 0;
  #left_out = 0;
  #jumped_ticks = 0;
  /** The part of a step that is drawn beyond `#row`, and that whole step. */
  #drawn_part = 0;
  /** @type {Offset} */
  #drawn_step = { x: 0, y: 0 };
  /** @type {Offset} */
  #swerve = { x: 0, y: 0 };

  /**
   * @param {object} options
   * @param {Twin} options.twin
   * @param {number} options.player one's own id
   * @param {ServerClock} options.clock
   * @param {(input: Held) => number|null} options.send gives the `seq` that it went out under; null: not connected
   */
  constructor({ twin, player, clock, send }) {
    this.twin = twin;
    this.#player = player;
    this.#clock = clock;
    this.#lead = new InputLead(clock);
    this.#send = send;
  }

  /** How far the client's ticks are ahead of the server's clock. */
  get lead_ticks() {
    return this.#lead.ticks;
  }

  /** Inputs that the server hasn't consumed yet, as far as is known. */
  get pending() {
    return this.#pending.length;
  }

  /**
   * What the player holds from now on. The predictor keeps the object as it is now.
   *
   * @param {Held} held
   */
  hold(held) {
    this.#held = { ...held };
    for (const [field, value] of Object.entries(held)) if (value === true) this.#pressed.add(field);
  }

  /**
   * Makes the inputs that are due. To be called once per frame.
   *
   * @param {number} now_ms
   */
  advance(now_ms) {
    if (!this.#clock.started) return;
    const time = this.#clientTime(now_ms);
    const tick = Math.floor(time);
    this.#tick ??= tick - 1;
    for (let due = Math.min(MOST_DUE, tick - this.#tick); due > 0; due--) this.#next();
    this.#tick = Math.max(this.#tick, tick);
    // What was drawn once isn't taken back, when the lead shrinks or a tick is left out.
    this.#fraction = Math.max(this.#fraction, Math.min(1, time - this.#tick));
  }

  /** Sends what is held without waiting for the next client tick: there may be no more frames for a while. */
  flush() {
    if (this.#tick === null) return;
    this.#tick += 1;
    this.#fraction = this.#step() ? 0 : 1;
  }

  /**
   * Takes in what the server says, and runs again what it hasn't consumed.
   *
   * @param {State} state
   * @param {number|null} ack
   * @param {number|null} margin
   * @param {number} now_ms
   * @returns {Offset|null} the correction: from the new predicted place to the old; null where there is
   *   none to compare with
   */
  reconcile(state, ack, margin, now_ms) {
    this.margin = margin;
    this.#pending = this.#pending.filter(({ seq }) => seq > (ack ?? -1));
    // With nothing under way it's no wonder that nothing was there: nobody plays, or the page is hidden.
    const telling = margin !== null && (margin >= 0 || this.#pending.length > 0);
    this.#left_out += this.#lead.hear(telling ? margin : null, now_ms);
    this.#state = state;
    const before = this.#row;
    const own = rowsOf(state, this.twin.table).get(this.#player);
    this.#row = own === undefined ? null : this.#replay(own, state);
    return before === null || this.#row === null ? null : this.#correction(before, this.#row);
  }

  /** @returns {Predicted|null} null without an own row, or before anything was held */
  predicted() {
    const [row, held, state] = [this.#row, this.#held, this.#state];
    if (row === null || held === null || state === null) return null;
    const tick = state.tick + this.#pending.length;
    const next = { ...row };
    this.twin.move(next, this.#input(held), worldOf(state, tick + 1));
    const step = stepOf(row, next);
    const part = this.#fraction;
    this.#turn(step);
    this.#drawn_part = part;
    this.#drawn_step = step;
    const swerve = this.#swerve;
    this.#swerve = { x: 0, y: 0 };
    return {
      tick: tick + part,
      row: next,
      x: Number(row.x) + step.x * part,
      y: Number(row.y) + step.y * part,
      swerve,
    };
  }

  /** @param {number} now_ms */
  #clientTime(now_ms) {
    this.#lead.advance(now_ms);
    const time = this.#clock.tick(now_ms) + this.#lead.ticks;
    if (this.#clock.jumped_ticks !== this.#jumped_ticks) {
      // The ticks between aren't made up for: they would wait on the server in a heap.
      this.#jumped_ticks = this.#clock.jumped_ticks;
      this.#tick = Math.floor(time);
      this.#fraction = 0;
    }
    return time;
  }

  /** One client tick, unless it is to be left out. */
  #next() {
    const left_out = this.#left_out > 0;
    if (left_out) this.#left_out -= 1;
    this.#fraction = !left_out && this.#step() ? 0 : 1;
  }

  /**
   * One input, and one step of the own row.
   *
   * @returns {boolean} false: nothing to send, or nobody to send it to
   */
  #step() {
    if (this.#held === null || this.#pending.length >= MOST_PENDING) return false;
    const input = this.#input(this.#held);
    const seq = this.#send(input);
    if (seq === null) return false;
    this.#pressed.clear();
    this.#pending.push({ seq, input });
    if (this.#row !== null && this.#state !== null) this.#move(this.#row, input, this.#state);
    return true;
  }

  /**
   * @param {Row} before
   * @param {Held} input
   * @param {State} state
   */
  #move(before, input, state) {
    const row = { ...before };
    this.twin.move(row, input, worldOf(state, state.tick + this.#pending.length));
    this.#row = row;
    const step = stepOf(before, row);
    this.#turn(step);
    this.#drawn_part = 0;
    this.snap = Math.max(this.snap, SNAP_STEPS * Math.hypot(step.x, step.y));
  }

  /**
   * What was drawn of the tick that is under way is not what comes of it: another input was there in time. It counts from
   * now on in what is drawn, rather than from the beginning of the tick.
   *
   * @param {Offset} step that this tick makes now
   */
  #turn(step) {
    this.#swerve.x += (this.#drawn_step.x - step.x) * this.#drawn_part;
    this.#swerve.y += (this.#drawn_step.y - step.y) * this.#drawn_part;
  }

  /**
   * @param {Held} held
   * @returns {Held} with the buttons that were pressed since the last client tick
   */
  #input(held) {
    const input = { ...held };
    for (const field of this.#pressed) input[field] = true;
    return input;
  }

  /**
   * @param {Row} own as of `state`
   * @param {State} state
   * @returns {Row}
   */
  #replay(own, state) {
    const row = { ...own };
    for (const [index, { input }] of this.#pending.entries()) {
      this.twin.move(row, input, worldOf(state, state.tick + index + 1));
    }
    return row;
  }

  /**
   * @param {Row} before
   * @param {Row} after
   */
  #correction(before, after) {
    const correction = stepOf(after, before);
    const far = Math.hypot(correction.x, correction.y) > this.snap;
    if (!far && !this.twin.teleported?.(before, after)) return correction;
    this.#drawn_part = 0;
    return null;
  }
}

/**
 * @param {Row} from
 * @param {Row} to
 * @returns {Offset}
 */
function stepOf(from, to) {
  return { x: Number(to.x) - Number(from.x), y: Number(to.y) - Number(from.y) };
}
