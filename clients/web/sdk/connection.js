import { backoffDelay } from "./backoff.js";
import { closeMeaning } from "./close_codes.js";
import { askAtDoor } from "./door.js";
import { Emitter } from "./emitter.js";
import { LagLab } from "./lag_lab.js";
import { parseMessage } from "./messages.js";
import { realTimers } from "./timers.js";

/**
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").ClientMessage} ClientMessage
 * @typedef {import("./timers.js").Timers} Timers
 * @typedef {import("./door.js").Refusal} Refusal
 *
 * What this module uses of a browser's WebSocket.
 * @typedef {object} Socket
 * @property {number} readyState
 * @property {((event: any) => void)|null} onopen
 * @property {((event: any) => void)|null} onmessage
 * @property {((event: any) => void)|null} onclose
 * @property {(data: string) => void} send
 * @property {(code?: number, reason?: string) => void} close
 *
 * - `idle`: not wanted; nothing happens until `open()`.
 * - `connecting`: a socket is being opened.
 * - `open`: messages flow.
 * - `waiting`: lost; the next try is due at `retryAt_ms`.
 * - `closed`: ended or refused by the server in a way that only a person should answer.
 * @typedef {"idle"|"connecting"|"open"|"waiting"|"closed"} ConnectionState
 *
 * @typedef {{ state: ConnectionState, message: ServerMessage, binary: ArrayBuffer }} ConnectionEvents
 */

const OPEN = 1;
/** A socket that hasn't opened by then hangs behind something: try another. */
export const CONNECT_TIMEOUT_MS = 8_000;
/** Only a connection that held this long counts as a success and starts the backoff afresh. */
export const STABLE_AFTER_MS = 5_000;

/**
 * One WebSocket that comes back by itself. It knows nothing of rooms: whoever listens to `state` says again
 * what the server has to know after each `open`.
 *
 * @extends {Emitter<ConnectionEvents>}
 */
export class Connection extends Emitter {
  /** @type {ConnectionState} Read-only from outside. */
  state = "idle";
  /** When the next try is due, on the clock of `timers.now()`. Set while `waiting`. */
  retryAt_ms = 0;
  /** How many tries failed in a row. */
  attempt = 0;
  /** @type {number|null} The code of the latest close; null after a silent one. */
  closeCode = null;
  /** @type {import("./messages.js").Closing|null} What the server said before its latest close, if anything. */
  closing = null;
  /** @type {Refusal|null} Why the server let nobody in at the latest try, as far as it says. */
  refusal = null;
  /** Received so far, over all sockets. Text counts by characters, which for JSON are nearly all of one byte. */
  bytesReceived = 0;
  /** A worse network than there is, to try things on. */
  lag;

  #url;
  #ticket;
  #openSocket;
  #askAtDoor;
  #timers;
  #random;
  /** @type {Socket|null} Set by `#connect`, dropped by `#release`. */
  #socket = null;
  /** @type {unknown} The one timer that runs in each state: connect timeout, stability, or retry. */
  #timer = null;
  /** @type {AbortController|null} While the server is asked why a try failed, which is at most until the next. */
  #question = null;
  /** Whether the next lost connection is tried again without a wait: most are lost to a network that is back at once. */
  #quick = true;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {string|null|(() => string|null)} [options.ticket] shown at the door, as the query's `ticket`; a function is asked
   *   for it at each try, since tickets run out
   * @param {(url: string) => Socket} [options.openSocket]
   * @param {(url: string, signal: AbortSignal) => Promise<Refusal|null>} [options.askAtDoor] why a socket to this URL was
   *   not let in, if the server says so
   * @param {Timers} [options.timers]
   * @param {() => number} [options.random] in [0, 1)
   */
  constructor({ url, ticket = null, timers = realTimers, random = Math.random, ...options }) {
    super();
    this.#url = url;
    this.#ticket = ticket;
    this.#openSocket = options.openSocket ?? openWebSocket;
    this.#askAtDoor = options.askAtDoor ?? askAtDoor;
    this.#timers = timers;
    this.#random = random;
    this.lag = new LagLab({ timers, random });
  }

  /** Connects, unless it already is connected or trying to. */
  open() {
    if (this.state !== "idle" && this.state !== "closed") return;
    this.attempt = 0;
    this.#quick = true;
    this.closeCode = null;
    this.#connect();
  }

  /** Tries again at once instead of at the end of the wait. */
  retryNow() {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "closed") this.open();
  }

  /** Closes for good (until `open()`), without any more news of this socket. */
  close() {
    this.#release();
    this.refusal = null;
    this.#enter("idle");
  }

  /** Gives up on a socket that looks open but is dead, and starts over. */
  restart() {
    if (this.state !== "open") return;
    this.#release();
    this.#lost(null);
  }

  /**
   * @param {ClientMessage} message
   * @returns {boolean} false: not connected, so it was not sent and won't be
   */
  send(message) {
    const socket = this.#socket;
    if (this.state !== "open" || socket?.readyState !== OPEN) return false;
    const text = JSON.stringify(message);
    this.lag.outbound(() => {
      if (socket.readyState === OPEN) socket.send(text);
    });
    return true;
  }

  #connect() {
    this.#release();
    this.closing = null;
    const address = this.#address();
    const socket = this.#openSocket(address);
    this.#socket = socket;
    // Handlers of a socket that was released are ignored: a closing socket may report for minutes.
    const ifCurrent = (/** @type {(event: any) => void} */ handle) => (/** @type {any} */ event) => {
      if (this.#socket === socket) this.lag.inbound(() => handle(event));
    };
    socket.onopen = ifCurrent(() => this.#opened());
    socket.onmessage = ifCurrent((event) => this.#received(event.data));
    socket.onclose = ifCurrent((event) => {
      const opened = this.state === "open";
      this.#release();
      this.#lost(event.code);
      if (!opened && this.state === "waiting") void this.#askWhy(address);
    });
    this.#timer = this.#timers.set(() => {
      this.#release();
      this.#lost(null);
    }, CONNECT_TIMEOUT_MS);
    this.#enter("connecting");
  }

  #opened() {
    this.refusal = null;
    this.#timers.clear(this.#timer);
    this.#timer = this.#timers.set(() => {
      this.attempt = 0;
      this.#quick = true;
    }, STABLE_AFTER_MS);
    this.#enter("open");
  }

  /** @param {string|ArrayBuffer} data */
  #received(data) {
    if (typeof data !== "string") {
      this.bytesReceived += data.byteLength;
      this.emit("binary", data);
      return;
    }
    this.bytesReceived += data.length;
    let message;
    try {
      message = parseMessage(data);
    } catch (error) {
      // Not worth losing the game for: say it where developers look, and go on.
      console.error(error);
      return;
    }
    if (message.type === "closing") this.closing = message.payload;
    this.emit("message", message);
  }

  /** @param {number|null} code */
  #lost(code) {
    // A try that failed says less than how the connection ended.
    if (this.state === "open" || code !== 1006) this.closeCode = code;
    if (code === null) this.refusal = null;
    const { retry } = closeMeaning(code);
    if (retry === "never") {
      this.#enter("closed");
      return;
    }
    this.#wait(this.#delay_ms(retry === "at once"));
  }

  /**
   * Asks why a try failed. The wait for the next one goes on meanwhile, in case nobody answers.
   *
   * @param {string} address
   */
  async #askWhy(address) {
    const question = new AbortController();
    this.#question = question;
    const refusal = await this.#askAtDoor(address, question.signal);
    if (question.signal.aborted) return;
    this.#question = null;
    const news = refusal !== this.refusal;
    this.refusal = refusal;
    if (refusal?.retry === "never") {
      this.#release();
      this.#enter("closed");
    } else if (typeof refusal?.retry_after_s === "number") {
      this.#wait(backoffDelay(0, this.#random(), refusal.retry_after_s));
    } else if (news) {
      this.#enter("waiting");
    }
  }

  /** @param {number} delay_ms until the next try */
  #wait(delay_ms) {
    this.#timers.clear(this.#timer);
    this.retryAt_ms = this.#timers.now() + delay_ms;
    this.#timer = this.#timers.set(() => this.#connect(), delay_ms);
    this.#enter("waiting");
  }

  /**
   * @param {boolean} may_be_quick
   * @returns {number} how long to wait before the next try
   */
  #delay_ms(may_be_quick) {
    const quick = may_be_quick && this.#quick && this.state === "open" && this.closing === null;
    this.#quick = false;
    if (quick) return 0;
    this.attempt += 1;
    return backoffDelay(this.attempt - 1, this.#random(), this.closing?.retry_after_s ?? null);
  }

  /** @returns {string} */
  #address() {
    const ticket = typeof this.#ticket === "function" ? this.#ticket() : this.#ticket;
    if (!ticket) return this.#url;
    const url = new URL(this.#url);
    url.searchParams.set("ticket", ticket);
    return url.href;
  }

  #release() {
    this.#timers.clear(this.#timer);
    this.#timer = null;
    this.#question?.abort();
    this.#question = null;
    // What of this socket's is still under way is nobody's any more.
    this.lag.clear();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  /** @param {ConnectionState} state */
  #enter(state) {
    this.state = state;
    this.emit("state", state);
  }
}

/**
 * The game server's WebSocket beside the page at `location`.
 *
 * @param {{ protocol: string, host: string, pathname: string }} location
 * @returns {string}
 */
export function socketUrl(location) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  // The page may be served under a prefix by a proxy: keep everything up to its last slash.
  const folder = location.pathname.slice(0, location.pathname.lastIndexOf("/") + 1);
  return `${scheme}//${location.host}${folder}ws`;
}

/**
 * @param {string} url
 * @returns {Socket}
 */
function openWebSocket(url) {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  return socket;
}
