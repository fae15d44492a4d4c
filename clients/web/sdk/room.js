import { Emitter } from "./emitter.js";
import { applyJsonSnapshot } from "./json_snapshot.js";
import { ProtocolError, ServerError } from "./messages.js";
import { EMPTY_STATE } from "./state.js";

/**
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").Joined} Joined
 * @typedef {import("./messages.js").JsonSnapshot} JsonSnapshot
 * @typedef {import("./messages.js").PlayerInfo} PlayerInfo
 *
 * @typedef {PlayerInfo & { away: boolean }} RoomPlayer
 *
 * - `joined`: messages flow.
 * - `lost`: the connection is down; the client will enter again by itself.
 * - `left`: over for good.
 * @typedef {"joined"|"lost"|"left"} RoomStatus
 *
 * Who came, went, dropped out or came back.
 * @typedef {{ change: "joined"|"left"|"away"|"back", player: RoomPlayer, reason?: string }} PresenceChange
 *
 * `joined` comes again after each reconnection, and the room may then be another one of the same game.
 * @typedef {object} RoomEvents
 * @property {Room} joined
 * @property {import("./state.js").State} snapshot
 * @property {import("./messages.js").GameEvent} event
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
 */

/**
 * One place in one room, as player or spectator. Made by the `Client`.
 *
 * @extends {Emitter<RoomEvents>}
 */
export class Room extends Emitter {
  /** @type {RoomStatus} */
  status = "joined";
  /** The tables as of the latest snapshot. */
  state = EMPTY_STATE;
  /** @type {number|null} Highest `seq` that the server consumed for this seat. */
  ack = null;
  /** @type {Map<number, RoomPlayer>} By player id. Those who left stay known by name only in `nameOf`. */
  players = new Map();
  /** @type {number|null} Round trip in ms; null until measured. */
  ping_ms = null;
  /** Why it is over, once it is. */
  leftReason = "";

  #link;
  /** @type {Map<number, string>} */
  #names = new Map();
  /** @type {Map<number, { resolve: () => void, reject: (error: Error) => void }>} Commands not answered yet, by `seq`. */
  #waiting = new Map();

  /**
   * @param {RoomLink} link
   * @param {Joined} joined
   */
  constructor(link, joined) {
    super();
    this.#link = link;
    this.joined = joined;
    this.audience = joined.audience;
    this.enter(joined);
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

  get spectating() {
    return this.joined.role === "spectator";
  }

  /**
   * @param {number} player
   * @returns {string|undefined} the name of someone who is or was here
   */
  nameOf(player) {
    return this.#names.get(player);
  }

  /**
   * Sends a command of the game.
   *
   * @param {string} name
   * @param {object} payload
   * @returns {Promise<void>} done when the game has taken it; rejects with the `ServerError` of a refusal
   */
  command(name, payload) {
    return new Promise((resolve, reject) => {
      const seq = this.#link.nextSeq();
      this.#waiting.set(seq, { resolve, reject });
      if (!this.#send({ type: name, payload, seq })) {
        this.refuse(new ServerError({ code: "not_connected", message: "The connection is down.", seq }));
      }
    });
  }

  /**
   * Sends an input, which the server holds until the next one.
   *
   * @param {string} name
   * @param {object} payload
   * @returns {boolean} false: not connected, so it was not sent
   */
  input(name, payload) {
    return this.#send({ type: name, payload, seq: this.#link.nextSeq() });
  }

  /** @param {string} text */
  chat(text) {
    return this.#send({ type: "chat", payload: { text } });
  }

  /** Asks to leave; `left` follows. */
  leave() {
    if (this.status === "left") return;
    if (!this.#send({ type: "leave", payload: {} })) this.end("left");
  }

  /**
   * Takes a seat in a room, for the first time or again. Called by the client.
   *
   * @param {Joined} joined
   */
  enter(joined) {
    this.joined = joined;
    this.status = "joined";
    this.state = EMPTY_STATE;
    this.ack = null;
    this.audience = joined.audience;
    this.players = new Map(joined.players.map((player) => [player.player, { ...player, away: false }]));
    this.#names = new Map(joined.players.map(({ player, name }) => [player, name]));
    this.emit("joined", this);
  }

  /** The connection is down. Called by the client. */
  lose() {
    if (this.status === "left") return;
    this.status = "lost";
    this.#rejectAll("not_connected", "The connection is down.");
    this.emit("lost", null);
  }

  /** @param {string} reason why it is over. Called by the client, also when the way back failed. */
  end(reason) {
    if (this.status === "left") return;
    this.status = "left";
    this.leftReason = reason;
    this.#rejectAll("left", "You left the room.");
    this.emit("left", reason);
  }

  /**
   * @param {number} seq
   * @returns {boolean} whether a command of this room waits for its answer under this number
   */
  waitsFor(seq) {
    return this.#waiting.has(seq);
  }

  /**
   * An error that concerns this room: the answer to one of its commands, or else news for the view.
   *
   * @param {ServerError} error
   */
  refuse(error) {
    const waiting = error.seq === undefined ? undefined : this.#waiting.get(error.seq);
    if (waiting === undefined || error.seq === undefined) {
      this.emit("error", error);
      return;
    }
    this.#waiting.delete(error.seq);
    waiting.reject(error);
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
        this.#snapshot(message.payload);
        break;
      case "event":
        this.emit("event", message.payload);
        break;
      case "chat":
        this.emit("chat", message.payload);
        break;
      case "player_joined":
        this.#names.set(message.payload.player, message.payload.name);
        this.players.set(message.payload.player, { ...message.payload, away: false });
        this.#presence("joined", message.payload.player);
        break;
      case "player_left":
        this.#presence("left", message.payload.player, message.payload.reason);
        this.players.delete(message.payload.player);
        break;
      case "player_away":
        this.#presence("away", message.payload.player);
        break;
      case "player_back":
        this.#presence("back", message.payload.player);
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

  /** @param {JsonSnapshot} snapshot */
  #snapshot(snapshot) {
    this.state = applyJsonSnapshot(this.schema, this.state, snapshot);
    this.ack = snapshot.ack;
    this.#resolveUpTo(snapshot.ack ?? -1);
    this.emit("snapshot", this.state);
  }

  /**
   * @param {number} ack a refusal goes out before the snapshot that counts its command, so what still waits was taken
   */
  #resolveUpTo(ack) {
    for (const [seq, { resolve }] of this.#waiting) {
      if (seq > ack) continue;
      this.#waiting.delete(seq);
      resolve();
    }
  }

  /**
   * @param {PresenceChange["change"]} change
   * @param {number} id
   * @param {string} [reason]
   */
  #presence(change, id, reason) {
    const player = this.players.get(id);
    if (player === undefined) return;
    player.away = change === "away";
    this.emit("presence", { change, player, reason });
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  #rejectAll(code, message) {
    for (const seq of [...this.#waiting.keys()]) this.refuse(new ServerError({ code, message, seq }));
  }

  /** @param {ClientMessage} message */
  #send(message) {
    return this.status === "joined" && this.#link.send({ ...message, handle: this.handle });
  }
}
