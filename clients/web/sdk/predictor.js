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
 * @typedef {{ seq: number, input: Held }} Pending an input that the server hasn't consumed yet, as far as is known; `UNSENT`
 *   if it never will
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

/** The number of an input that was made while the connection was down. */
const UNSENT = Number.POSITIVE_INFINITY;
/** Inputs in flight beyond which nothing more is made: the server doesn't answer, or can't be reached. */
const MOST_PENDING = 64;
/** Client ticks made up for in one frame; what is due beyond them is left out. */
const MOST_DUE = 4;
/** A correction farther than so many of the longest steps is a new place, not an error. */
const SNAP_STEPS = 10;
/** So many snapshots running must agree that inputs are run too late, or too early, before anything is done about it. */
const SURE_SNAPSHOTS = 6;

/**
 * One's own row, ahead of the server by client-side prediction: inputs count at once, and are run again from each
 * snapshot on (server reconciliation, as in Bernier, "Latency Compensating Methods", GDC 2001). It also paces the inputs:
 * one for each client tick, changed or not, since that is what makes running them again exact. Time is an argument.
 *
 * The own row is run up to a certain *tick* of the server, by the inputs in flight as far as they go, rather than by all of
 * them. That is the same as long as each input is there in time. When the network stalls, the server goes on with the last
 * input, and what comes late is run later: the row has then gone as many steps as predicted, and there is nothing to
 * correct unless something else was pressed meanwhile. What the inputs are late by is made up by leaving some out.
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
  /** @type {Row|null} The own row, `#ahead` ticks after the latest snapshot. */
  #row = null;
  #ahead = 0;
  /** Whether there is a snapshot that `#row` doesn't follow from yet. */
  #heard = false;
  /** Whether no snapshot has come since the restart. */
  #restarted = false;
  /** Whether the server has consumed any of the inputs since the last pause: what is in flight can be told from what is late. */
  #answered = false;
  /** By how many ticks the inputs in flight are late, as of the latest snapshots. @type {number[]} */
  #late = [];
  /** Client ticks to come without an input, to make up for that, and those in which the own row waits. */
  #catch_up = 0;
  #wait = 0;
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
    const before = this.#held;
    this.#held = { ...held };
    // A button that is held all the time needs no remembering, and must not outlive its release.
    for (const [field, value] of Object.entries(held)) {
      if (value === true && before?.[field] !== true) this.#pressed.add(field);
    }
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
    // The server holds it until there are frames again: what was only tapped must not be in it.
    this.#pressed.clear();
    this.#tick += 1;
    this.#fraction = this.#send_held() && this.#forward() ? 0 : 1;
  }

  /**
   * The seat goes on after a lost connection. What was under way is lost, and the server holds nothing. The own row stays
   * where it is until there is a snapshot to correct it by.
   */
  restart() {
    this.margin = null;
    this.#pending = [];
    this.#late = [];
    this.#catch_up = 0;
    this.#wait = 0;
    this.#left_out = 0;
    this.#restarted = true;
    this.#lead.restart();
  }

  /**
   * Takes in what the server says. What is predicted changes with the next `settle`, which has to come before anything
   * else: several snapshots that come between two frames are corrected by at once.
   *
   * @param {State} state
   * @param {number|null} ack
   * @param {number|null} margin
   * @param {number} now_ms
   */
  hear(state, ack, margin, now_ms) {
    this.margin = margin;
    const pending = this.#pending.filter(({ seq }) => seq > (ack ?? -1));
    const answered = !this.#restarted && (this.#answered || pending.length < this.#pending.length);
    this.#answered = pending.length > 0 && answered;
    this.#restarted = false;
    this.#pending = pending;
    this.#ahead = this.#answered
      ? Math.max(0, this.#ahead - (state.tick - (this.#state?.tick ?? state.tick)))
      : pending.length;
    this.#judge(margin, now_ms);
    this.#state = state;
    this.#heard = true;
  }

  /**
   * Runs again, from the latest snapshot, what the server hasn't consumed.
   *
   * @returns {Offset|null|undefined} the correction: from the new predicted place to the old; null where there is none to
   *   compare with; undefined without a new snapshot
   */
  settle() {
    if (!this.#heard || this.#state === null) return undefined;
    this.#heard = false;
    const before = this.#row;
    const own = rowsOf(this.#state, this.twin.table).get(this.#player);
    this.#row = own === undefined ? null : this.#replay(own, this.#state);
    return before === null || this.#row === null ? null : this.#correction(before, this.#row);
  }

  /** @returns {Predicted|null} null without an own row, or before anything was held */
  predicted() {
    const [row, held, state] = [this.#row, this.#held, this.#state];
    if (row === null || held === null || state === null) return null;
    const tick = state.tick + this.#ahead;
    const next = { ...row };
    this.#run(next, this.#pending[this.#ahead]?.input ?? this.#input(held), state, tick + 1);
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
      this.#answered = false;
    }
    return time;
  }

  /**
   * Learns from a snapshot whether inputs are there in time.
   *
   * @param {number|null} margin
   * @param {number} now_ms
   */
  #judge(margin, now_ms) {
    const late = this.#pending.length - this.#ahead;
    // What the server has merged meanwhile needs no making up for.
    this.#catch_up = Math.min(this.#catch_up, Math.max(0, late));
    this.#wait = Math.min(this.#wait, Math.max(0, -late));
    // With nothing under way it's no wonder that nothing was there: nobody plays, or the page is hidden. And no lead is long
    // enough for a stall.
    const telling = margin !== null && (margin >= 0 || (this.#pending.length > 0 && late <= 1));
    // What waits because it came late is made up for here.
    const heard = telling && margin > 0 ? Math.max(0, margin - Math.max(0, late)) : telling ? margin : null;
    this.#left_out += this.#lead.hear(heard, now_ms);
    this.#late = [...this.#late, late].slice(-SURE_SNAPSHOTS);
    if (this.#late.length < SURE_SNAPSHOTS) return;
    const [least, most] = [Math.min(...this.#late), Math.max(...this.#late)];
    if (least <= 0 && most >= 0) return;
    this.#catch_up = Math.max(0, least);
    if (least > 0 && margin === null) this.#lead.late();
    this.#wait = Math.max(0, -most);
    this.#late = [];
  }

  /** One client tick: an input and a step of the own row, as a rule. */
  #next() {
    let moved = false;
    if (this.#catch_up > 0) {
      this.#catch_up -= 1;
      moved = this.#forward();
    } else if (this.#left_out > 0) {
      this.#left_out -= 1;
    } else if (this.#send_held()) {
      moved = this.#wait === 0 && this.#forward();
      this.#wait = Math.max(0, this.#wait - 1);
    }
    this.#fraction = moved ? 0 : 1;
  }

  /** @returns {boolean} false: nothing is held, or the server hasn't answered for long */
  #send_held() {
    if (this.#held === null || this.#pending.length >= MOST_PENDING) return false;
    const input = this.#input(this.#held);
    // Without a connection things go on as in a stall: nobody should notice a short one.
    const seq = this.#send(input) ?? UNSENT;
    this.#pressed.clear();
    this.#pending.push({ seq, input });
    return true;
  }

  /** @returns {true} the own row is one tick further */
  #forward() {
    this.#ahead += 1;
    if (this.#row === null || this.#state === null) return true;
    const [before, state] = [this.#row, this.#state];
    const row = { ...before };
    this.#run(row, this.#inputAt(this.#ahead - 1), state, state.tick + this.#ahead);
    this.#row = row;
    const step = stepOf(before, row);
    this.#turn(step);
    this.#drawn_part = 0;
    this.snap = Math.max(this.snap, SNAP_STEPS * Math.hypot(step.x, step.y));
    return true;
  }

  /**
   * @param {Row} row is moved
   * @param {Held} input
   * @param {State} state
   * @param {number} now
   */
  #run(row, input, state, now) {
    this.twin.move(row, input, worldOf(state, now, { table: this.twin.table, player: this.#player, row }));
  }

  /**
   * @param {number} index of a tick after the latest snapshot
   * @returns {Held} what the server will run in it: beyond what is in flight the last holds
   */
  #inputAt(index) {
    return (this.#pending[index] ?? this.#pending.at(-1))?.input ?? this.#held ?? {};
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
    for (let index = 0; index < this.#ahead; index += 1) {
      this.#run(row, this.#inputAt(index), state, state.tick + index + 1);
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
