import { rowsOf } from "../sdk/index.js";
import { playerColour, tableColour } from "../ui/colours.js";
import { hasPosition } from "./world_bounds.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("../sdk/index.js").PlaceBlend} PlaceBlend
 * @typedef {import("../sdk/netcode.js").Frame} Frame
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
 * @param {Frame} frame
 * @param {Rect} rect of the world
 * @param {PlaceBlend} places begun for this frame
 * @returns {Entity[]} from the back to the front: things, players, oneself
 */
export function entitiesOf(room, frame, rect, places) {
  const side = Math.max(rect.right - rect.left, rect.bottom - rect.top);
  places.farthest = side * JUMP_PART;
  const predicted = room.predictor?.twin.table;
  const tables = Object.entries(room.schema).filter(([, table]) => hasPosition(table));
  /** @type {Entity[]} */
  const entities = tables.flatMap(([name, table], index) => {
    const tint = Object.keys(room.schema).indexOf(name);
    const shape = SHAPES[index % SHAPES.length] ?? "square";
    return [...rowsOf(frame.to, name)].flatMap(([id, drawn]) => {
      const own = name === predicted && id === room.player ? frame.own : null;
      const row = own ?? drawn;
      const place = own ?? placeOf(frame, name, table, id, row, places);
      if (place === null) return [];
      const look = isPlayers(table) ? playerLook(room, id, side) : thingLook(tint, shape, side);
      const radius = radiusOf(row) ?? look.radius;
      return [{ ...look, x: place.x, y: place.y, radius, tags: tagsOf(table, row) }];
    });
  });
  if (frame.ghost !== null && room.player !== null)
    entities.push(ghostOf(room, room.player, frame.ghost, side));
  return entities.sort((a, b) => layer(a) - layer(b));
}

/**
 * @param {Frame} frame
 * @param {string} name
 * @param {TableSchema} table
 * @param {number} id
 * @param {Row} row
 * @param {PlaceBlend} places
 */
function placeOf(frame, name, table, id, row, places) {
  if (table.linear) return linearPlace(row, frame.tick);
  const { x, y } = placeBetween(rowsOf(frame.from, name).get(id), row, frame.alpha, places.farthest);
  return places.place(`${name} ${id}`, x, y);
}

/**
 * Where the server last said that one was.
 *
 * @param {Room} room
 * @param {number} player
 * @param {Row} row
 * @param {number} side
 * @returns {Entity}
 */
function ghostOf(room, player, row, side) {
  const look = playerLook(room, player, side);
  return { ...look, x: Number(row.x), y: Number(row.y), name: null, own: false, faded: true, tags: [] };
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
  const name = room.nameOf(player) ?? `player ${player}`;
  const away = room.players.get(player)?.away ?? false;
  return {
    radius: side * PLAYER_PART,
    colour: playerColour(player),
    shape: /** @type {const} */ ("disc"),
    name: away ? `${name} (away)` : name,
    own: player === room.player,
    faded: away,
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
 * @param {number} farthest
 */
function placeBetween(from, to, alpha, farthest) {
  const [x, y] = [Number(to.x), Number(to.y)];
  if (from === undefined || from === to) return { x, y };
  const [dx, dy] = [x - Number(from.x), y - Number(from.y)];
  if (Math.hypot(dx, dy) > farthest) return { x, y };
  return { x: x - dx * (1 - alpha), y: y - dy * (1 - alpha) };
}
