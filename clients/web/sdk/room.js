import { Emitter } from "./emitter.js";
import { ProtocolError, ServerError } from "./messages.js";
import { Netcode } from "./netcode.js";
import { PendingCommands } from "./pending_commands.js";
import { Roster } from "./roster.js";
import { receiveJson } from "./snapshots.js";
import { EMPTY_STATE } from "./state.js";

/**
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").Joined} Joined
 * @typedef {import("./netcode.js").Frame} Frame
 * @typedef {import("./netcode.js").NetOptions} NetOptions
 * @typedef {import("./predictor.js").Held} Held
 * @typedef {import("./snapshots.js").BinaryFormat} BinaryFormat
 * @typedef {import("./snapshots.js").ReceivedSnapshot} ReceivedSnapshot
 *
 * @typedef {import("./roster.js").PresenceChange} PresenceChange
 *
 * - `joined`: messages flow.
 * - `lost`: the connection is down; the client will go back to the seat by itself. What is drawn goes on meanwhile.
 * - `left`: over for good.
 * @typedef {"joined"|"lost"|"left"} RoomStatus
 *
 * After a lost connection comes `resumed`, or else `joined`. `resumed`: all goes on, but the server holds no input any more,
 * and what happened meanwhile isn't told again. `joined`: a seat of its own, perhaps in another room of the same game, and
 * nothing seen before counts.
 * @typedef {object} RoomEvents
 * @property {Room} joined
 * @property {{ lost_ms: number }} resumed for how long the connection was lost
 * @property {import("./state.js").State} snapshot
 * @property {import("./messages.js").GameEvent} event when drawn time reaches its tick; at once where nobody calls `frame`
 * @property {import("./messages.js").Chat} chat
 * @property {PresenceChange} presence
 * @property {import("./messages.js").Audience} audience
 * @property {ServerError} error what no waiting command answers for
 * @property {number} ping round trip in ms
 * @property {null} lost
 * @property {string} left the reason
 *
 * What a room needs of the client that it belongs to.
 * @typedef {object} RoomLink
 * @property {(message: ClientMessage) => boolean} send false: not connected
 * @property {() => number} nextSeq
 * @property {() => number} now milliseconds; the same clock as that of the frames
 * @property {() => number} bytesReceived by the connection, so far
 * @property {import("./lag_lab.js").LagLab} lag of the connection
 * @property {BinaryFormat|null} binary how to read binary snapshots; null: not at all
 */

/**
 * One place in one room, as player or spectator. Made by the `Client`.
 *
 * @extends {Emitter<RoomEvents>}
 */
export class Room extends Emitter {
  /** @type {RoomStatus} */
  status = "joined";
  /** The tables as of the latest snapshot; after a lost connection those from before, until there is a new one. */
  state = EMPTY_STATE;
  /** @type {number|null} Highest `seq` that the server consumed for this seat. */
  ack = null;
  /** @type {number|null} Round trip in ms; null until measured. */
  ping_ms = null;
  /** Why it is over, once it is. */
  leftReason = "";
  /** @type {NetOptions} What may be turned off; read at each frame. */
  netOptions = { prediction: true, interpolation: true, smoothing: true, ghost: false };

  #link;
  #roster;
  #commands = new PendingCommands();
  /** New with each seat. @type {Netcode} */
  #net;
  /** New with each `joined`. @type {import("./snapshots.js").Decoder|null} */
  #decoder = null;
  /** What the next snapshot builds on: nothing, as long as no keyframe has come since `joined`. */
  #base = EMPTY_STATE;
  #lost_ms = 0;
  /** Whether somebody asked to leave. */
  #leaving = false;

  /**
   * @param {RoomLink} link
   * @param {Joined} joined
   */
  constructor(link, joined) {
    super();
    this.#link = link;
    this.joined = joined;
    this.audience = joined.audience;
    this.#roster = new Roster(joined.players);
    this.#net = this.#newNetcode(joined);
    this.#begin(joined);
  }

  get id() {
    return this.joined.room;
  }

  get game() {
    return this.joined.game;
  }

  get handle() {
    return this.joined.handle;
  }

  get schema() {
    return this.joined.schema;
  }

  get tickRate_hz() {
    return this.joined.tick_rate;
  }

  /** Own player id; null for a spectator. */
  get player() {
    return this.joined.player;
  }

  /** Proof of one's seat, for `Client.resume`, as it last was; null for a spectator, and where the server keeps no seats. */
  get token() {
    return this.joined.token;
  }

  get spectating() {
    return this.joined.role === "spectator";
  }

  /** The server's time, in this room's ticks. */
  get clock() {
    return this.#net.clock;
  }

  /** A worse network than there is, to try things on: the connection's, and so that of all its rooms. */
  get lag() {
    return this.#link.lag;
  }

  /** How the network does. */
  get stats() {
    return this.#net.stats;
  }

  /** Moves one's own row ahead of the server; null for spectators, and in games without a twin (see `registerTwin`). */
  get predictor() {
    return this.#net.predictor;
  }

  /** Everyone with a seat, by player id. Those who left are known to `nameOf` only. */
  get players() {
    return this.#roster.players;
  }

  /**
   * @param {number} player
   * @returns {string|undefined} the name of someone who is or was here
   */
  nameOf(player) {
    return this.#roster.nameOf(player);
  }

  /**
   * Sends a command of the game.
   *
   * @param {string} name
   * @param {object} payload
   * @returns {Promise<void>} done when the game has taken it; rejects with the `ServerError` of a refusal
   */
  command(name, payload) {
    const seq = this.#link.nextSeq();
    const done = this.#commands.add(seq);
    if (!this.#send({ type: name, payload, seq })) {
      this.refuse(new ServerError({ code: "not_connected", message: "The connection is down.", seq }));
    }
    return done;
  }

  /**
   * Sends an input, which the server holds until the next one. The input that is predicted is sent by the predictor: say
   * what is held by `hold` or `frame` instead.
   *
   * @param {string} name
   * @param {object} payload
   * @returns {boolean} false: not connected, so it was not sent
   */
  input(name, payload) {
    return this.#sendInput(name, payload) !== null;
  }

  /**
   * What to draw now. To be called once per drawn frame: it releases the events whose time has come, and makes the inputs
   * that are due.
   *
   * @param {number} now_ms as `requestAnimationFrame` gives it
   * @param {Held} [held] what the player holds: the payload of the predicted input
   * @returns {Frame|null} null before the first snapshot
   */
  frame(now_ms, held) {
    return this.#net.frame(now_ms, held);
  }

  /**
   * What the player holds from now on, between frames: a button that is let go of before the next one isn't lost. Does
   * nothing where nothing is predicted.
   *
   * @param {Held} held
   */
  hold(held) {
    this.predictor?.hold(held);
  }

  /** Sends what is held at once: there won't be frames for a while (a hidden page). */
  flush() {
    this.predictor?.flush();
  }

  /** @param {string} text */
  chat(text) {
    return this.#send({ type: "chat", payload: { text } });
  }

  /** Asks to leave; `left` follows. */
  leave() {
    this.#leaving = true;
    if (this.status === "left") return;
    if (!this.#send({ type: "leave", payload: {} })) this.end("left");
  }

  /**
   * Goes on in the seat, or takes another one. Called by the client.
   *
   * @param {Joined} joined
   */
  enter(joined) {
    const lost_ms = this.#link.now() - this.#lost_ms;
    if (this.#goesOn(joined)) {
      this.#net.resume();
      this.#roster.begin(joined.players);
      this.#begin(joined);
      this.emit("resumed", { lost_ms });
    } else {
      this.#net.releaseEvents();
      this.#net = this.#newNetcode(joined);
      this.#roster = new Roster(joined.players);
      this.state = EMPTY_STATE;
      this.#begin(joined);
      this.emit("joined", this);
    }
  }

  /** The connection is down. Called by the client. */
  lose() {
    if (this.status === "left") return;
    if (this.#leaving) {
      // Nobody wants back in.
      this.end("left");
      return;
    }
    this.status = "lost";
    this.#lost_ms = this.#link.now();
    this.#commands.rejectAll("not_connected", "The connection is down.");
    this.emit("lost", null);
  }

  /** @param {string} reason why it is over. Called by the client, also when the way back failed. */
  end(reason) {
    if (this.status === "left") return;
    this.status = "left";
    this.leftReason = reason;
    // The last events belong before the end.
    this.#net.releaseEvents();
    this.#commands.rejectAll("left", "You left the room.");
    this.emit("left", reason);
  }

  /**
   * @param {number} seq
   * @returns {boolean} whether a command of this room waits for its answer under this number
   */
  waitsFor(seq) {
    return this.#commands.has(seq);
  }

  /**
   * An error that concerns this room: the answer to one of its commands, or else news for the view.
   *
   * @param {ServerError} error
   */
  refuse(error) {
    if (!this.#commands.refuse(error)) this.emit("error", error);
  }

  /**
   * @param {number} sent_ms when the ping went out
   * @param {number|null} tick the room's, when the server answered
   */
  pong(sent_ms, tick) {
    this.ping_ms = this.#link.now() - sent_ms;
    this.#net.pong(sent_ms, tick);
    this.emit("ping", this.ping_ms);
  }

  /**
   * Takes in a message of this room. Called by the client.
   *
   * @param {ServerMessage} message
   * @throws {ProtocolError} if it doesn't fit what came before
   */
  receive(message) {
    switch (message.type) {
      case "snapshot":
        this.#snapshot(receiveJson(this.schema, this.#base, message.payload));
        break;
      case "event":
        this.#net.event(message.payload);
        break;
      case "chat":
        this.emit("chat", message.payload);
        break;
      case "player_joined":
        this.#presence(this.#roster.join(message.payload));
        break;
      case "player_left":
        this.#presence(this.#roster.change(message.payload.player, "left", message.payload.reason));
        break;
      case "player_away":
        this.#presence(this.#roster.change(message.payload.player, "away"));
        break;
      case "player_back":
        this.#presence(this.#roster.change(message.payload.player, "back"));
        break;
      case "audience":
        this.audience = message.payload;
        this.emit("audience", message.payload);
        break;
      case "left":
        this.end(message.payload.reason);
        break;
      default:
        throw new ProtocolError(`a room can't do anything with "${message.type}"`);
    }
  }

  /**
   * Takes in a binary snapshot of this room. Called by the client.
   *
   * @param {ArrayBuffer} frame
   * @throws {ProtocolError} if it doesn't fit what came before
   */
  receiveBinary(frame) {
    if (this.#decoder === null) throw new ProtocolError("this client doesn't read binary snapshots");
    this.#snapshot(this.#decoder.decode(this.#base, frame));
  }

  /** @param {ReceivedSnapshot} snapshot */
  #snapshot(snapshot) {
    this.state = snapshot.state;
    this.#base = snapshot.state;
    this.#roster.news = true;
    this.ack = snapshot.ack;
    this.#commands.resolveUpTo(snapshot.ack ?? -1);
    this.#net.snapshot(snapshot);
    this.emit("snapshot", this.state);
  }

  /**
   * @param {Joined} joined
   * @returns {boolean} whether this is the same seat, at about the time that it should be there
   */
  #goesOn({ room, player, tick }) {
    return room === this.id && player === this.player && this.#net.agrees(tick);
  }

  /** @param {Joined} joined */
  #begin(joined) {
    this.joined = joined;
    this.status = "joined";
    this.ack = null;
    this.audience = joined.audience;
    this.#base = EMPTY_STATE;
    this.#decoder = this.#link.binary?.decoder(joined.schema) ?? null;
  }

  /**
   * @param {Joined} joined
   * @returns {Netcode}
   */
  #newNetcode(joined) {
    return new Netcode(joined, this.netOptions, {
      now: this.#link.now,
      bytesReceived: this.#link.bytesReceived,
      sendInput: (name, payload) => this.#sendInput(name, payload),
      deliver: (event) => this.emit("event", event),
    });
  }

  /** @param {PresenceChange|null} change */
  #presence(change) {
    if (change !== null) this.emit("presence", change);
  }

  /**
   * @param {string} name
   * @param {object} payload
   * @returns {number|null} its `seq`; null: not connected
   */
  #sendInput(name, payload) {
    const seq = this.#link.nextSeq();
    return this.#send({ type: name, payload, seq }) ? seq : null;
  }

  /** @param {ClientMessage} message */
  #send(message) {
    return this.status === "joined" && this.#link.send({ ...message, handle: this.handle });
  }
}
