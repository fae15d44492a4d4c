/**
 * Every message of wire version 1 as types, and the way from text to message.
 *
 * @typedef {{ player: number, name: string, bot: boolean }} PlayerInfo
 * @typedef {{ players: number, spectators: number }} Audience `players` does not count bots
 *
 * @typedef {"bool"|"u8"|"u16"|"u32"|"i8"|"i16"|"i32"|"f32"|"f64"|"str"|"bytes"} FieldType
 * @typedef {{ min?: number, max?: number, format?: string }} FieldLimits
 * @typedef {[name: string, type: FieldType, limits?: FieldLimits]} Field
 * @typedef {"table"|"per_player"|"secret"|"one"} TableKind
 * @typedef {{ kind: TableKind, fields: Field[], linear?: true }} TableSchema
 * @typedef {Record<string, TableSchema>} Schema tables in the order the game declares them
 *
 * @typedef {{ game?: string, room?: string, code?: string, name?: string, options?: object }} Join
 * @typedef {{ room: string } | { game: string }} Spectate
 * @typedef {{ token: string }} Resume
 *
 * @typedef {object} Joined
 * @property {number} protocol
 * @property {string} room
 * @property {string} game
 * @property {number} handle
 * @property {"player"|"spectator"} role
 * @property {number|null} player own player id; null for a spectator
 * @property {number} tick
 * @property {number} tick_rate ticks per second
 * @property {string|null} token for `resume`; null for spectators, and where the server keeps no seats
 * @property {Schema} schema
 * @property {PlayerInfo[]} players
 * @property {Audience} audience
 *
 * @typedef {object} JsonSnapshot
 * @property {number} tick
 * @property {number|null} base null: a keyframe, which replaces all that the client has
 * @property {number|null} ack highest `seq` consumed for this seat, refused or not
 * @property {Record<string, { set?: Record<string, unknown[]>, gone?: number[] }>} tables
 *
 * @typedef {{ name: string, tick: number, data: Record<string, unknown> }} GameEvent
 * @typedef {{ player: number|null, name: string, text: string }} Chat
 * @typedef {{ code: string, message: string, seq?: number }} ErrorPayload
 * @typedef {{ reason: string, retry_after_s: number|null }} Closing
 *
 * @typedef {{ handle?: number, seq?: number }} Address what an envelope may hold besides type and payload
 *
 * @typedef {Address & (
 *   { type: "joined", payload: Joined } |
 *   { type: "snapshot", payload: JsonSnapshot } |
 *   { type: "player_joined", payload: PlayerInfo } |
 *   { type: "player_left", payload: { player: number, reason: string } } |
 *   { type: "player_away", payload: { player: number } } |
 *   { type: "player_back", payload: { player: number } } |
 *   { type: "audience", payload: Audience } |
 *   { type: "left", payload: { reason: string } } |
 *   { type: "event", payload: GameEvent } |
 *   { type: "chat", payload: Chat } |
 *   { type: "pong", payload: { t: number, tick: number|null } } |
 *   { type: "error", payload: ErrorPayload } |
 *   { type: "closing", payload: Closing }
 * )} ServerMessage
 *
 * @typedef {Address & { type: string, payload?: object }} ClientMessage
 */

/** What the server said is not what this version of the protocol says. */
export class ProtocolError extends Error {
  name = "ProtocolError";
}

/** The server refused something, for the reason in `code`; `message` is a sentence for people. */
export class ServerError extends Error {
  name = "ServerError";

  /** @param {ErrorPayload} payload */
  constructor({ code, message, seq }) {
    super(message);
    this.code = code;
    this.seq = seq;
  }
}

/**
 * @param {string} text one text frame
 * @returns {ServerMessage}
 * @throws {ProtocolError} if it is no envelope
 */
export function parseMessage(text) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError("a text frame is not JSON");
  }
  if (typeof value !== "object" || value === null || !("type" in value)) {
    throw new ProtocolError("a message has no type");
  }
  const { type } = value;
  if (typeof type !== "string") throw new ProtocolError("a message's type is not a string");
  // The payload's shape is trusted: it comes from the server that served this page.
  return /** @type {ServerMessage} */ ({ payload: {}, ...value });
}
