import { humanize, properties, resolve, withoutNull } from "../forms/json_schema.js";

/**
 * @typedef {import("../forms/json_schema.js").JsonSchema} JsonSchema
 * @typedef {import("../sdk/roster.js").PresenceChange} PresenceChange
 *
 * A piece of a line: plain text, or a player's name with his id.
 * @typedef {{ text: string, player?: number }} Part
 * @typedef {(player: number) => string|undefined} NameOf
 */

const CHANGES = { joined: "joined", left: "left", away: "lost the connection", back: "is back" };

/**
 * A line about who came, went, dropped out or came back: "Ann is back".
 *
 * @param {PresenceChange} presence
 * @returns {Part[]|null} null: nothing new
 */
export function presenceParts({ change, player, news }) {
  if (!news) return null;
  const bot = player.bot && change === "joined" ? " (bot)" : "";
  return [{ text: player.name, player: player.player }, { text: ` ${CHANGES[change]}${bot}` }];
}

/**
 * A line about an event: "Tagged: by Ann, who Bob".
 *
 * @param {{ name: string, data: unknown }} event
 * @param {JsonSchema|undefined} schema of its data; without one, player ids stay numbers
 * @param {NameOf} nameOf
 * @returns {Part[]}
 */
export function eventParts(event, schema, nameOf) {
  const { data } = event;
  const entries = typeof data === "object" && data !== null ? Object.entries(data) : [];
  const title = { text: humanize(event.name) };
  if (entries.length === 0) return [title];
  const schemas = new Map(properties(schema));
  const values = entries.flatMap(([name, value], index) => [
    { text: `${index === 0 ? ": " : ", "}${name.replaceAll("_", " ")} ` },
    ...valueParts(value, schemas.get(name), schema ?? {}, nameOf),
  ]);
  return [title, ...values];
}

/**
 * @param {unknown} value
 * @param {JsonSchema|undefined} property
 * @param {JsonSchema} root
 * @param {NameOf} nameOf
 * @returns {Part[]}
 */
function valueParts(value, property, root, nameOf) {
  const schema = property && withoutNull(property, root).schema;
  if (schema?.format === "player") return [playerPart(value, nameOf)];
  if (Array.isArray(value)) {
    const items = schema?.items && resolve(schema.items, root);
    if (value.length === 0) return [{ text: "none" }];
    return value.flatMap((item, index) => [
      ...(index === 0 ? [] : [{ text: ", " }]),
      ...valueParts(item, items, root, nameOf),
    ]);
  }
  return [{ text: valueText(value) }];
}

/**
 * @param {unknown} value a player id; 0 and null mean no one
 * @param {NameOf} nameOf
 * @returns {Part}
 */
export function playerPart(value, nameOf) {
  if (value === null || value === 0) return { text: "nobody" };
  if (typeof value !== "number") return { text: valueText(value) };
  return { text: nameOf(value) ?? `player ${value}`, player: value };
}

/**
 * @param {unknown} value of a row or an event
 * @returns {string} for people
 */
export function valueText(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(+value.toFixed(2));
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(valueText).join(", ");
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, each]) => `${name.replaceAll("_", " ")} ${valueText(each)}`)
      .join(", ");
  }
  return String(value);
}
