import { ProtocolError } from "./messages.js";

/** In place of a code's width: few values differ from 0, and each is listed with its index. */
const LIST = 15;
const WIDEST = 32;

/**
 * Reads a stream of bits, the most significant first. Every method throws a `ProtocolError` where the stream is too short or
 * holds what no writer writes.
 */
export class BitReader {
  #data;
  #at = 0;

  /** @param {Uint8Array} data */
  constructor(data) {
    this.#data = data;
  }

  /**
   * @param {number} width 0 to 32
   * @returns {number} from 0 to 2^width - 1
   */
  bits(width) {
    if (this.#at + width > this.#data.length * 8) throw new ProtocolError("a snapshot that is cut off");
    let value = 0;
    for (let wanted = width; wanted > 0; ) {
      const left = 8 - (this.#at & 7);
      const taken = Math.min(left, wanted);
      const byte = this.#data[this.#at >> 3] ?? 0;
      value = value * (1 << taken) + ((byte >> (left - taken)) & ((1 << taken) - 1));
      this.#at += taken;
      wanted -= taken;
    }
    return value;
  }

  flag() {
    return this.bits(1) === 1;
  }

  /** @param {number} most what the number may be at the most */
  uint(most) {
    const value = this.bits(this.#width());
    if (value > most) throw new ProtocolError(`a number of ${value}, where ${most} is the most`);
    return value;
  }

  /**
   * @param {number} count
   * @returns {number[]} so many numbers from 0 to 2^32 - 1
   */
  ints(count) {
    const code = this.bits(4);
    const width = this.#width();
    if (code === LIST) return this.#listed(count, width);
    const codes = this.#column(count, code);
    const allOnes = 2 ** code - 1;
    for (let i = 0; i < count; i += 1) if (codes[i] === allOnes) codes[i] = this.bits(width);
    return codes;
  }

  /** @param {number} size in bytes */
  octets(size) {
    if (this.#at + size * 8 > this.#data.length * 8) throw new ProtocolError("a snapshot that is cut off");
    return Uint8Array.from({ length: size }, () => this.bits(8));
  }

  /** Checks that nothing is left but the zeros that fill the last byte. */
  end() {
    const left = this.#data.length * 8 - this.#at;
    if (left >= 8 || this.bits(left) !== 0) throw new ProtocolError("bits after the end of a snapshot");
  }

  #width() {
    const width = this.bits(6);
    if (width > WIDEST) throw new ProtocolError(`a width of ${width} bits, where ${WIDEST} is the most`);
    return width;
  }

  /**
   * @param {number} count
   * @param {number} width
   */
  #column(count, width) {
    if (this.#at + count * width > this.#data.length * 8)
      throw new ProtocolError("a snapshot that is cut off");
    /** @type {number[]} */
    const values = new Array(count).fill(0);
    if (width > 0) for (let i = 0; i < count; i += 1) values[i] = this.bits(width);
    return values;
  }

  /**
   * @param {number} count
   * @param {number} width
   */
  #listed(count, width) {
    const listed = this.bits(bitLength(count));
    const indexes = this.#column(listed, count > 0 ? bitLength(count - 1) : 0);
    const found = this.#column(listed, width);
    /** @type {number[]} */
    const values = new Array(count).fill(0);
    let last = -1;
    for (const [place, index] of indexes.entries()) {
      if (index <= last || index >= count)
        throw new ProtocolError("indexes of a column that don't rise, or go past its end");
      values[index] = found[place] ?? 0;
      last = index;
    }
    return values;
  }
}

/**
 * @param {number} value from 0 to 2^32 - 1
 * @returns {number} how many bits it takes to write; 0 for 0
 */
export function bitLength(value) {
  return 32 - Math.clz32(value);
}
