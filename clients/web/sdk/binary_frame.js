import { ProtocolError } from "./messages.js";

/**
 * The outside of a frame: the tables' bits need what the client has.
 * @typedef {object} BinaryFrame
 * @property {number} handle
 * @property {number} tick
 * @property {number|null} base
 * @property {number|null} ack
 * @property {number|null} margin
 * @property {number} step_ms
 * @property {Uint8Array} secrets
 * @property {Uint8Array} tables
 */

/** The first byte after the checksum: a snapshot in the first version of this format. */
const SNAPSHOT = 1;
const HANDLE_AT = 3;
const HAS_ACK = 1;
const HAS_MARGIN = 2;
const HAS_SECRETS = 4;
const BUSY_STEPS_PER_MS = 4;
export const MAX_ID = 4_294_967_295;

/**
 * @param {Uint8Array} data
 * @returns {number} which of the connection's rooms the frame is for
 */
export function readHandle(data) {
  return readVarint(data, HANDLE_AT).value;
}

/**
 * @param {Uint8Array} data
 * @returns {BinaryFrame}
 */
export function readFrame(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (byteAt(data, 2) !== SNAPSHOT) {
    throw new ProtocolError(`a frame of kind ${byteAt(data, 2)}, where ${SNAPSHOT} is a snapshot`);
  }
  const { value: handle, next } = readVarint(data, HANDLE_AT);
  const flags = byteAt(data, next);
  let at = next + 1;
  let ack = null;
  let margin = null;
  let secrets = new Uint8Array(0);
  try {
    if (flags & HAS_ACK) {
      ack = view.getUint32(at, true);
      at += 4;
    }
    if (flags & HAS_MARGIN) {
      margin = view.getInt8(at);
      at += 1;
    }
    if (flags & HAS_SECRETS) {
      const size = readVarint(data, at);
      secrets = data.slice(size.next, size.next + size.value);
      at = size.next + size.value;
    }
    const unknown = flags & ~(HAS_ACK | HAS_MARGIN | HAS_SECRETS);
    if (unknown !== 0 || view.getUint16(0, true) !== crc16(data, 2, at, crc16(data, at, data.length, 0))) {
      throw new ProtocolError("a snapshot that was damaged on its way");
    }
    const tick = view.getUint32(at, true);
    const { value: since, next: busy } = readVarint(data, at + 4);
    if (since > tick) throw new ProtocolError(`tick ${tick} can't build on one ${since} ticks before`);
    const step_ms = byteAt(data, busy) / BUSY_STEPS_PER_MS;
    const base = since === 0 ? null : tick - since;
    return { handle, tick, base, ack, margin, step_ms, secrets, tables: data.subarray(busy + 1) };
  } catch (error) {
    throw error instanceof RangeError ? new ProtocolError("a snapshot that is cut off") : error;
  }
}

/**
 * CRC-16/XMODEM.
 *
 * @param {Uint8Array} data
 * @param {number} from
 * @param {number} to
 * @param {number} before the checksum to go on from
 */
function crc16(data, from, to, before) {
  let crc = before;
  for (let i = from; i < to; i += 1)
    crc = ((crc << 8) & 0xffff) ^ (CRC_TABLE[(crc >> 8) ^ (data[i] ?? 0)] ?? 0);
  return crc;
}

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/**
 * @param {Uint8Array} data
 * @param {number} at
 */
function byteAt(data, at) {
  const byte = data[at];
  if (byte === undefined) throw new ProtocolError("a snapshot that is cut off");
  return byte;
}

/**
 * @param {Uint8Array} data
 * @param {number} at
 */
function readVarint(data, at) {
  let value = 0;
  for (let group = 0; group < 5; group += 1) {
    const byte = byteAt(data, at + group);
    value += (byte & 0x7f) * 2 ** (7 * group);
    if (value > MAX_ID) throw new ProtocolError(`a number beyond ${MAX_ID}`);
    if (byte < 0x80) return { value, next: at + group + 1 };
  }
  throw new ProtocolError("a number of more than 5 bytes");
}
