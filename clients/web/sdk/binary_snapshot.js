import { MAX_ID, readFrame, readHandle } from "./binary_frame.js";
import { BitReader } from "./bits.js";
import { ProtocolError } from "./messages.js";
import { rowsOf } from "./state.js";
import { layoutOf } from "./table_layout.js";

/**
 * @typedef {import("./messages.js").Schema} Schema
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Row} Row
 * @typedef {import("./state.js").Rows} Rows
 * @typedef {import("./table_layout.js").Column} Column
 * @typedef {import("./table_layout.js").Layout} Layout
 * @typedef {import("./snapshots.js").BinaryFormat} BinaryFormat
 * @typedef {import("./snapshots.js").ReceivedSnapshot} ReceivedSnapshot
 */

const MAX_ROWS = 65_536;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads binary snapshots; docs/protocol.md has every byte.
 *
 * @type {BinaryFormat}
 */
export const binaryFormat = {
  handleOf(frame) {
    return readHandle(new Uint8Array(frame));
  },
  decoder(schema) {
    const layouts = (/** @type {boolean} */ secret) =>
      Object.entries(schema)
        .filter(([, { kind }]) => (kind === "secret") === secret)
        .map(([name, { fields }]) => ({ name, layout: layoutOf(fields) }));
    const [open, secret] = [layouts(false), layouts(true)];
    return { decode: (previous, frame) => decode(open, secret, previous, new Uint8Array(frame)) };
  },
};

/**
 * @param {{ name: string, layout: Layout }[]} open
 * @param {{ name: string, layout: Layout }[]} secret
 * @param {State} previous
 * @param {Uint8Array} data
 * @returns {ReceivedSnapshot}
 */
function decode(open, secret, previous, data) {
  const frame = readFrame(data);
  if (frame.base !== null && frame.base !== previous.tick) {
    throw new ProtocolError(`a snapshot builds on tick ${frame.base}, but the last was ${previous.tick}`);
  }
  const have = frame.base === null ? { tick: -1, tables: new Map() } : previous;
  const since = frame.base === null ? 0 : frame.tick - frame.base;
  const tables = new Map(have.tables);
  const read = (/** @type {typeof open} */ layouts, /** @type {Uint8Array} */ bytes) => {
    const bits = new BitReader(bytes);
    for (const { name, layout } of layouts) {
      if (bits.flag()) tables.set(name, readTable(bits, layout, rowsOf(have, name), frame.tick, since));
    }
    bits.end();
  };
  read(open, frame.tables);
  if (frame.secrets.length > 0) read(secret, frame.secrets);
  const { ack, margin, step_ms } = frame;
  return { state: { tick: frame.tick, tables }, ack, margin, step_ms };
}

/**
 * @param {BitReader} bits
 * @param {Layout} layout
 * @param {Rows} have in the order of ids; left as it was
 * @param {number} tick
 * @param {number} since ticks from the base to now
 * @returns {Rows} in the order of ids
 */
function readTable(bits, layout, have, tick, since) {
  const [hasGone, hasFresh, hasChanges] = [bits.flag(), bits.flag(), bits.flag()];
  const kept = new Map(have);
  if (hasGone) {
    const ids = [...have.keys()];
    for (const place of rising(bits.ints(bits.uint(ids.length)), ids.length - 1))
      kept.delete(ids[place] ?? -1);
  }
  /** @type {Map<number, Row>} */
  const fresh = new Map();
  if (hasFresh) {
    const count = bits.uint(MAX_ROWS);
    const first = bits.uint(MAX_ID);
    if (count === 0 || kept.size + count > MAX_ROWS) {
      throw new ProtocolError(`${count} new rows, where a table holds ${MAX_ROWS}`);
    }
    const ids = rising([first, ...bits.ints(count - 1)], MAX_ID);
    if (ids.some((id) => have.has(id))) throw new ProtocolError("new rows that are there already");
    const rows = readRows(bits, layout, count, tick);
    for (const [place, id] of ids.entries()) fresh.set(id, rows[place] ?? {});
  }
  if (hasChanges) changeRows(bits, layout, kept, since);
  if (fresh.size === 0) return kept;
  // The server names rows by their place in the order of ids.
  return new Map([...kept, ...fresh].sort(([a], [b]) => a - b));
}

/**
 * @param {number[]} gaps between numbers that rise
 * @param {number} most
 */
function rising(gaps, most) {
  let last = -1;
  const found = gaps.map((gap) => {
    last += gap + 1;
    return last;
  });
  if (last > most) throw new ProtocolError(`a row of ${last}, where ${most} is the most`);
  return found;
}

/**
 * @param {BitReader} bits
 * @param {Layout} layout
 * @param {number} count
 * @param {number} tick
 * @returns {Row[]}
 */
function readRows(bits, layout, count, tick) {
  const columns = layout.columns.map((column) => {
    if (isText(column)) return readTexts(bits, column, count);
    if (mayBeTick(column) && bits.flag()) {
      return bits.ints(count).map((folded) => unfold(folded, tick, column));
    }
    return bits.ints(count).map((value) => bounded(value + column.least, column));
  });
  return Array.from({ length: count }, (_, place) => {
    /** @type {Record<string, unknown>} */
    const row = {};
    for (const name of layout.names) row[name] = undefined; // fields in the schema's order, and one shape for all rows
    for (const [at, column] of layout.columns.entries()) {
      const value = columns[at]?.[place];
      if (column.part !== "f64 low")
        row[column.name] = fieldValue(column, value, /** @type {any} */ (columns[at - 1]?.[place]));
    }
    return row;
  });
}

/**
 * @param {BitReader} bits
 * @param {Layout} layout
 * @param {Map<number, Row>} rows changed rows are replaced, the others stay
 * @param {number} since
 */
function changeRows(bits, layout, rows, since) {
  const ids = [...rows.keys()];
  const before = [...rows.values()];
  /** @type {(Record<string, unknown>|null)[]} */
  const after = new Array(before.length).fill(null);
  /** @type {(number[]|null)[]} What each column holds now, for columns that were told. */
  const told = [];
  for (const [at, column] of layout.columns.entries()) {
    const changed = bits.flag();
    told.push(null);
    if (column.part === "f64 high" && (changed || told[at - 1] !== null)) {
      const highs = before.map((row) => integerOf(column, row[column.name]));
      const found = changed ? unfoldAll(bits, column, highs) : highs;
      const lows = told[at - 1] ?? before.map((row) => float64Words(row[column.name])[0]);
      change(column, found, (i) => fieldValue(column, found[i], lows[i]));
    } else if (changed && isText(column)) {
      const flags = bits.ints(ids.length);
      const texts = readTexts(bits, column, flags.filter((flag) => flag !== 0).length);
      let next = 0;
      for (const [i, flag] of flags.entries()) if (flag !== 0) copyOf(i)[column.name] = texts[next++];
    } else if (changed) {
      const start = before.map((row) => integerOf(column, row[column.name]));
      if (column.speed !== null && bits.flag()) addSpeeds(start, column.speed);
      const found = unfoldAll(bits, column, start);
      told[at] = found;
      if (column.part !== "f64 low") change(column, found, (i) => fieldValue(column, found[i], 0));
    }
  }
  for (const [i, row] of after.entries()) if (row !== null) rows.set(ids[i] ?? -1, row);

  /** @param {number} i */
  function copyOf(i) {
    after[i] ??= { ...before[i] };
    return after[i];
  }

  /**
   * @param {Column} column
   * @param {number[]} found
   * @param {(i: number) => unknown} valueAt
   */
  function change(column, found, valueAt) {
    for (let i = 0; i < found.length; i += 1) {
      const value = valueAt(i);
      if (!Object.is(before[i]?.[column.name], value)) copyOf(i)[column.name] = value;
    }
  }

  /**
   * @param {number[]} start
   * @param {number} speed
   */
  function addSpeeds(start, speed) {
    const name = layout.columns[speed]?.name ?? "";
    for (let i = 0; i < start.length; i += 1) {
      const v = told[speed]?.[i] ?? Number(before[i]?.[name]);
      start[i] = (start[i] ?? 0) + v * since;
    }
  }
}

/** @param {Column} column */
function isText({ part }) {
  return part === "str" || part === "bytes";
}

/** @param {Column} column whether it can hold a tick, and so may be told against the snapshot's own */
function mayBeTick({ bits, part, least }) {
  return bits === 32 && part === "int" && least === 0;
}

/**
 * @param {BitReader} bits
 * @param {Column} column
 * @param {number[]} start
 */
function unfoldAll(bits, column, start) {
  return bits.ints(start.length).map((folded, i) => unfold(folded, start[i] ?? 0, column));
}

/**
 * @param {number} folded 0, 1, 2, ... for differences of 0, -1, 1, ...
 * @param {number} start
 * @param {Column} column
 */
function unfold(folded, start, column) {
  const difference = folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2;
  const mask = column.bits === 32 ? -1 : 2 ** column.bits - 1;
  // Modulo 2^bits: bit operations take any integer modulo 2^32 first.
  return bounded(column.least + (((start - column.least + difference) & mask) >>> 0), column);
}

/**
 * @param {number} value
 * @param {Column} column
 */
function bounded(value, { most }) {
  if (value > most) throw new ProtocolError(`a value of ${value}, where the schema allows ${most}`);
  return value;
}

const words = new DataView(new ArrayBuffer(8));

/** @param {unknown} value */
function float64Words(value) {
  words.setFloat64(0, Number(value), true);
  return [words.getUint32(0, true), words.getUint32(4, true)];
}

/**
 * @param {Column} column
 * @param {unknown} value of the field
 * @returns {number} as it stands in the column
 */
function integerOf({ part }, value) {
  switch (part) {
    case "f32":
      words.setFloat32(0, Number(value), true);
      return words.getUint32(0, true);
    case "f64 low":
      return float64Words(value)[0] ?? 0;
    case "f64 high":
      return float64Words(value)[1] ?? 0;
    default:
      return Number(value);
  }
}

/**
 * @param {Column} column
 * @param {unknown} value as it stands in the column
 * @param {number} [low] the other half of a float of 64 bits
 * @returns {unknown} of the field
 */
function fieldValue({ part }, value, low = 0) {
  switch (part) {
    case "bool":
      return value === 1;
    case "f32":
      words.setUint32(0, Number(value), true);
      return words.getFloat32(0, true);
    case "f64 high":
      words.setUint32(0, low, true);
      words.setUint32(4, Number(value), true);
      return words.getFloat64(0, true);
    default:
      return value;
  }
}

/**
 * @param {BitReader} bits
 * @param {Column} column
 * @param {number} count
 * @returns {unknown[]}
 */
function readTexts(bits, { part }, count) {
  const data = bits.ints(count).map((size) => bits.octets(size));
  if (part === "bytes") return data;
  try {
    return data.map((bytes) => utf8.decode(bytes));
  } catch {
    throw new ProtocolError("a text that isn't UTF-8");
  }
}
