import { rowsOf } from "../sdk/index.js";
import { playerColour, tableColour } from "../ui/colours.js";
import { hasPosition } from "./world_bounds.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("../sdk/timeline.js").Sample} Sample
 * @typedef {import("../sdk/messages.js").TableSchema} TableSchema
 * @typedef {import("../sdk/state.js").Row} Row
 * @typedef {import("./world_bounds.js").Rect} Rect
 *
 * Something to draw, in units of the world.
 * @typedef {object} Entity
 * @property {number} x
 * @property {number} y
 * @property {number} radius
 * @property {string} colour
 * @property {"disc"|"square"|"diamond"|"triangle"} shape
 * @property {string|null} name
 * @property {boolean} own
 * @property {boolean} faded
 * @property {string[]} tags the names of the boolean fields that are true
 */

/** The size of what doesn't say how big it is, as a part of the world's longer side. */
const PLAYER_PART = 0.018;
const THING_PART = 0.01;
/** A step of more than this part of the world is a jump, not a movement: nothing to slide along. */
const JUMP_PART = 0.25;

const SHAPES = /** @type {const} */ (["square", "diamond", "triangle"]);

/**
 * @param {Room} room
 * @param {Sample} sample
 * @param {Rect} rect of the world
 * @returns {Entity[]} from the back to the front: things, players, oneself
 */
export function entitiesOf(room, sample, rect) {
  const side = Math.max(rect.right - rect.left, rect.bottom - rect.top);
  const tables = Object.entries(room.schema).filter(([, table]) => hasPosition(table));
  const entities = tables.flatMap(([name, table], index) => {
    const tint = Object.keys(room.schema).indexOf(name);
    const before = rowsOf(sample.from, name);
    return [...rowsOf(sample.to, name)].flatMap(([id, row]) => {
      const place = table.linear
        ? linearPlace(row, sample.tick)
        : placeBetween(before.get(id), row, sample.alpha, side);
      if (place === null) return [];
      const look = isPlayers(table)
        ? playerLook(room, id, side)
        : thingLook(tint, SHAPES[index % SHAPES.length] ?? "square", side);
      const radius = radiusOf(row) ?? look.radius;
      return [{ ...look, ...place, radius, tags: tagsOf(table, row) }];
    });
  });
  return entities.sort((a, b) => layer(a) - layer(b));
}

/** @param {Entity} entity */
function layer({ own, name, tags }) {
  return own ? 3 : name === null ? 0 : tags.length > 0 ? 2 : 1;
}

/** @param {TableSchema} table */
function isPlayers({ kind }) {
  return kind === "per_player" || kind === "secret";
}

/**
 * @param {Room} room
 * @param {number} player
 * @param {number} side
 */
function playerLook(room, player, side) {
  return {
    radius: side * PLAYER_PART,
    colour: playerColour(player),
    shape: /** @type {const} */ ("disc"),
    name: room.nameOf(player) ?? `player ${player}`,
    own: player === room.player,
    faded: room.players.get(player)?.away ?? false,
  };
}

/**
 * @param {number} tint
 * @param {Entity["shape"]} shape
 * @param {number} side
 */
function thingLook(tint, shape, side) {
  return {
    radius: side * THING_PART,
    colour: tableColour(tint),
    shape,
    name: null,
    own: false,
    faded: false,
  };
}

/**
 * @param {Row} row
 * @returns {number|null}
 */
function radiusOf(row) {
  if (typeof row.radius === "number" && row.radius > 0) return row.radius;
  if (typeof row.size === "number" && row.size > 0) return row.size / 2;
  return null;
}

/**
 * @param {TableSchema} table
 * @param {Row} row
 */
function tagsOf(table, row) {
  return table.fields.filter(([name, type]) => type === "bool" && row[name] === true).map(([name]) => name);
}

/**
 * @param {Row} row
 * @param {number} tick
 * @returns {{ x: number, y: number }|null} null: not born yet
 */
function linearPlace(row, tick) {
  const [x, y, vx, vy, born] = [row.x, row.y, row.vx, row.vy, row.born].map(Number);
  const age = tick - (born ?? 0);
  if (age < 0) return null;
  return { x: (x ?? 0) + (vx ?? 0) * age, y: (y ?? 0) + (vy ?? 0) * age };
}

/**
 * @param {Row|undefined} from
 * @param {Row} to
 * @param {number} alpha
 * @param {number} side
 */
function placeBetween(from, to, alpha, side) {
  const [x, y] = [Number(to.x), Number(to.y)];
  if (from === undefined || from === to) return { x, y };
  const [dx, dy] = [x - Number(from.x), y - Number(from.y)];
  if (Math.hypot(dx, dy) > side * JUMP_PART) return { x, y };
  return { x: x - dx * (1 - alpha), y: y - dy * (1 - alpha) };
}
