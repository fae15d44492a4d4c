import { bitLength } from "./bits.js";
import { ProtocolError } from "./messages.js";

/**
 * @typedef {import("./messages.js").Field} Field
 *
 * @typedef {"int"|"bool"|"f32"|"f64 low"|"f64 high"|"str"|"bytes"} Part
 *
 * One column as it travels: integers from 0 to 2^bits - 1, or texts.
 * @typedef {object} Column
 * @property {number} field index of the field in its row
 * @property {string} name of the field
 * @property {Part} part
 * @property {number} least
 * @property {number} most
 * @property {number} bits width of `most - least`
 * @property {number|null} speed index of the column that says how much this one moves in a tick: `vx` for `x`
 *
 * A table's columns, in the order in which they travel.
 * @typedef {{ names: string[], columns: Column[] }} Layout
 */

/** @type {Record<string, [least: number, most: number]>} */
const INTEGER_BOUNDS = {
  bool: [0, 1],
  u8: [0, 255],
  i8: [-128, 127],
  u16: [0, 65_535],
  i16: [-32_768, 32_767],
  u32: [0, 4_294_967_295],
  i32: [-2_147_483_648, 2_147_483_647],
};

/**
 * @param {Field[]} fields of a table's schema
 * @returns {Layout}
 * @throws {ProtocolError} if there is a type that this version doesn't know
 */
export function layoutOf(fields) {
  /** @type {Column[]} */
  const first = [];
  /** @type {(Column & { speedName: string })[]} What moves is told last, when it is known by how much it should have moved. */
  const last = [];
  const types = new Map(fields.map(([name, type]) => [name, type]));
  for (const [field, [name, type, bounds]] of fields.entries()) {
    const own = INTEGER_BOUNDS[type];
    if (own !== undefined) {
      const [least, most] = [bounds?.min ?? own[0], bounds?.max ?? own[1]];
      /** @type {Column} */
      const column = { field, name, part: "int", least, most, bits: bitLength(most - least), speed: null };
      if (type === "bool") first.push({ ...column, part: "bool" });
      else if (isSpeed(types, `v${name}`)) last.push({ ...column, speedName: `v${name}` });
      else first.push(column);
    } else if (type === "f32") {
      first.push(halfWords(field, name, "f32"));
    } else if (type === "f64") {
      first.push(halfWords(field, name, "f64 low"), halfWords(field, name, "f64 high"));
    } else if (type === "str" || type === "bytes") {
      first.push({ field, name, part: type, least: 0, most: 0, bits: 0, speed: null });
    } else {
      throw new ProtocolError(`a field of type "${type}", which this version doesn't know`);
    }
  }
  const moving = last.map(({ speedName, ...column }) => ({
    ...column,
    speed: first.findIndex(({ name }) => name === speedName),
  }));
  return { names: fields.map(([name]) => name), columns: [...first, ...moving] };
}

/**
 * @param {Map<string, string>} types
 * @param {string} name
 */
function isSpeed(types, name) {
  const type = types.get(name);
  // A speed that has a speed itself would have to wait, too.
  return type !== undefined && type in INTEGER_BOUNDS && type !== "bool" && !types.has(`v${name}`);
}

/**
 * @param {number} field
 * @param {string} name
 * @param {Part} part
 * @returns {Column}
 */
function halfWords(field, name, part) {
  return { field, name, part, least: 0, most: 0xffffffff, bits: 32, speed: null };
}
