import { binaryFormat } from "./binary_snapshot.js";
import { closeMeaning } from "./close_codes.js";
import { Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { EntryQueue } from "./entry_queue.js";
import { Heartbeat } from "./heartbeat.js";
import { ProtocolError, ServerError } from "./messages.js";
import { Room } from "./room.js";
import { realTimers } from "./timers.js";
import { waysBack, wayToSeat } from "./ways_in.js";

/**
 * @typedef {import("./messages.js").Join} Join
 * @typedef {import("./messages.js").Joined} Joined
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./connection.js").ConnectionState} ConnectionState
 * @typedef {import("./entry_queue.js").Entry} Entry
 * @typedef {import("./ways_in.js").EntryMessage} EntryMessage
 * @typedef {import("./snapshots.js").BinaryFormat} BinaryFormat
 *
 * `error`: what concerns no room. `state`: of the connection.
 * @typedef {{ error: ServerError, state: ConnectionState, closing: import("./messages.js").Closing }} ClientEvents
 */

/** Reasons of `left` by which a server that is closing empties its rooms. */
const GOING_AWAY = new Set(["closing", "closed"]);

/**
 * A player's or spectator's way to a game server: any number of rooms over one connection, which comes back by itself, to
 * the same seats as long as the server keeps them.
 *
 * @extends {Emitter<ClientEvents>}
 */
export class Client extends Emitter {
  /** @type {Map<number, Room>} Rooms of the current connection, by handle. */
  #rooms = new Map();
  /** Handles that the current connection was given, of rooms left, too. @type {Set<number>} */
  #handles = new Set();
  /** @type {Map<Room, EntryMessage>} How each room that isn't left was entered, or would be but for a token. */
  #entered = new Map();
  #entries = new EntryQueue();
  #seq = 0;
  #heartbeat;
  #timers;
  #binary;

  /**
   * @param {ConstructorParameters<typeof Connection>[0] & { binary?: BinaryFormat }} options `binary`: how to read snapshots
   *   that come as binary frames
   */
  constructor({ binary = binaryFormat, ...options }) {
    super();
    this.connection = new Connection(options);
    this.#timers = options.timers ?? realTimers;
    this.#binary = binary;
    this.#heartbeat = new Heartbeat({
      timers: this.#timers,
      ping: (t) => this.#ping(t),
      onDead: () => this.connection.restart(),
    });
    this.connection.on("state", (state) => this.#stateChanged(state));
    this.connection.on("message", (message) => this.#received(message));
    this.connection.on("binary", (frame) => this.#receivedBinary(frame));
  }

  /** A worse network than there is, to try things on. */
  get lag() {
    return this.connection.lag;
  }

  /** The rooms that aren't left, also while the connection is down. */
  get rooms() {
    return [...this.#entered.keys()];
  }

  /**
   * Takes a seat: in the room named, or by quick match.
   *
   * @param {Join} join
   * @returns {Promise<Room>} rejects with a `ServerError` if refused; waits as long as there is no connection
   */
  join(join) {
    return this.#enter([{ type: "join", payload: join }]);
  }

  /**
   * Goes on in a seat that was taken before: by another page, or on another connection, which then loses it.
   *
   * @param {string|null} token the `token` of the room, as it last was
   * @param {Join} join what to do if it is no longer good, or null
   * @returns {Promise<Room>} as `join`
   */
  resume(token, join) {
    return this.#enter([...wayToSeat(token), { type: "join", payload: join }]);
  }

  /**
   * @param {string|{ game: string }} what a room's id, or the game of which some room will do
   * @returns {Promise<Room>} as `join`
   */
  spectate(what) {
    return this.#enter([{ type: "spectate", payload: typeof what === "string" ? { room: what } : what }]);
  }

  /** Leaves everything and stops trying. The client can be used again afterwards. */
  disconnect() {
    const entries = this.#entries.clear();
    const rooms = this.rooms;
    // Said, not just done: a connection that merely ends may be coming back.
    for (const room of rooms) room.leave();
    this.#entered.clear();
    this.#rooms.clear();
    this.connection.close();
    const error = new ServerError({ code: "cancelled", message: "You went away." });
    for (const { failed } of entries) failed(error);
    for (const room of rooms) room.end("left");
  }

  /**
   * @param {EntryMessage[]} ways
   * @returns {Promise<Room>}
   */
  #enter(ways) {
    return new Promise((resolve, reject) => {
      const done = (/** @type {Joined} */ joined) => {
        try {
          const room = this.#newRoom(joined);
          const last = ways.at(-1);
          if (last !== undefined) this.#entered.set(room, last);
          resolve(room);
        } catch (error) {
          // A server of a later version may have tables that this one can't read.
          this.#turnDown(joined);
          reject(error);
        }
      };
      this.#entries.push({ ways, again: false, done, failed: reject });
      this.connection.open();
      this.#sendNext();
    });
  }

  /** @param {Joined} joined */
  #newRoom(joined) {
    const link = {
      send: (/** @type {import("./messages.js").ClientMessage} */ message) => this.connection.send(message),
      nextSeq: () => ++this.#seq,
      now: this.#timers.now,
      bytesReceived: () => this.connection.bytesReceived,
      lag: this.connection.lag,
      binary: this.#binary,
    };
    const room = new Room(link, joined);
    room.on("left", () => this.#forget(room));
    this.#rooms.set(joined.handle, room);
    return room;
  }

  /** @param {ConnectionState} state */
  #stateChanged(state) {
    if (state === "open") {
      this.#seq = 0;
      this.#entries.putFirst(this.rooms.map((room) => this.#wayBack(room)));
      this.#heartbeat.start();
      this.#sendNext();
    } else {
      const left = state === "closed" ? closeMeaning(this.connection.closeCode).left : undefined;
      this.#down(left);
      const wanted = !this.#entries.empty;
      const down = state === "waiting" || state === "closed";
      // Nobody needs the connection: the next entry opens it. Or else somebody has just asked for one.
      if (down && this.#entered.size === 0 && !wanted) return this.connection.close();
      if (left !== undefined && wanted) return this.connection.open();
    }
    this.emit("state", state);
  }

  /** @param {string|undefined} reason why all rooms are over; undefined: they are to be entered again */
  #down(reason) {
    this.#heartbeat.stop();
    this.#entries.lost();
    this.#rooms.clear();
    this.#handles.clear();
    for (const room of this.rooms) {
      if (reason !== undefined) room.end(reason);
      else if (room.status === "joined") room.lose();
    }
  }

  /**
   * @param {Room} room
   * @returns {Entry}
   */
  #wayBack(room) {
    const done = (/** @type {Joined} */ joined) => {
      if (room.status === "left") {
        // Left while the answer was under way.
        this.#turnDown(joined);
        return;
      }
      this.#rooms.set(joined.handle, room);
      try {
        room.enter(joined);
      } catch (error) {
        this.#turnDown(joined);
        room.end(error instanceof Error ? error.message : String(error));
      }
    };
    const failed = (/** @type {ServerError} */ error) => room.end(error.code);
    return { ways: waysBack(room, this.#entered.get(room)), again: true, done, failed };
  }

  /** @param {Joined} joined a seat that nobody wants */
  #turnDown(joined) {
    this.connection.send({ type: "leave", payload: {}, handle: joined.handle });
  }

  /** @param {Room} room */
  #forget(room) {
    this.#entered.delete(room);
    if (this.#rooms.get(room.handle) === room) this.#rooms.delete(room.handle);
  }

  #sendNext() {
    if (this.connection.state !== "open") return;
    const message = this.#entries.next(() => ++this.#seq);
    if (message === null) return;
    this.connection.send(message);
    // No ping meanwhile, see `#ping`, but an answer there must be.
    this.#heartbeat.asked();
  }

  /** @param {ServerMessage} message */
  #received(message) {
    this.#heartbeat.heard();
    switch (message.type) {
      case "joined":
        this.#handles.add(message.payload.handle);
        this.#entries.joined(message.payload);
        this.#heartbeat.start();
        this.#sendNext();
        break;
      case "error":
        this.#refused(message.handle, new ServerError(message.payload));
        break;
      case "pong":
        this.#rooms.get(message.handle ?? -1)?.pong(message.payload.t, message.payload.tick);
        break;
      case "closing":
        this.emit("closing", message.payload);
        break;
      default:
        this.#deliver(message);
    }
  }

  /**
   * Finds whom an error is for: the room it names, the command or the request to enter that it answers, or the only room.
   *
   * @param {number|undefined} handle
   * @param {ServerError} error
   */
  #refused(handle, error) {
    const { seq } = error;
    const rooms = [...this.#rooms.values()];
    const room =
      (handle === undefined ? undefined : this.#rooms.get(handle)) ??
      (seq === undefined ? undefined : rooms.find((each) => each.waitsFor(seq)));
    if (room !== undefined) {
      room.refuse(error);
    } else if (this.#entries.waitsFor(error)) {
      this.#entries.refused(error);
      this.#sendNext();
    } else if (rooms.length === 1) {
      rooms[0]?.refuse(error);
    } else {
      this.emit("error", error);
    }
  }

  /** @param {ServerMessage} message */
  #deliver(message) {
    // A server that goes away empties its rooms first. Nobody wanted to leave: come back with the next connection.
    if (message.type === "left" && this.connection.closing !== null && GOING_AWAY.has(message.payload.reason))
      return;
    const { handle = -1 } = message;
    const room = this.#rooms.get(handle);
    if (room !== undefined) {
      // After a snapshot that can't be read, what this client has is no longer what the server thinks it has.
      this.#try(() => room.receive(message), message.type === "snapshot");
    } else if (message.type === "left" && !this.#handles.has(handle)) {
      // A room that was over before it let anybody in.
      this.#entries.refused(new ServerError({ code: "unknown_room", message: "The room has just ended." }));
      this.#sendNext();
    }
    // Other messages of a room just left are still under way: nobody wants them.
  }

  /** @param {ArrayBuffer} frame */
  #receivedBinary(frame) {
    this.#heartbeat.heard();
    this.#try(() => {
      if (this.#binary === null) throw new ProtocolError("this client doesn't read binary frames");
      this.#rooms.get(this.#binary.handleOf(frame))?.receiveBinary(frame);
    }, true);
  }

  /**
   * @param {() => void} receive
   * @param {boolean} vital a failure leaves nothing to go on with: a new connection begins with a keyframe
   */
  #try(receive, vital) {
    try {
      receive();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      console.error(error);
      if (vital) this.connection.restart();
    }
  }

  /**
   * @param {number} t
   * @returns {boolean} whether it was sent
   */
  #ping(t) {
    // The server takes any message as a sign that its `joined` has come, and the token before it is good no more. If the
    // connection is lost before that, the seat would be, too.
    if (this.#entries.inFlight) return false;
    const sent = [...this.#rooms.keys()].map((handle) =>
      this.connection.send({ type: "ping", payload: { t }, handle }),
    );
    return sent.includes(true);
  }
}
