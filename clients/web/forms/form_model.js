import { humanize, resolve, withoutNull } from "./json_schema.js";

/**
 * @typedef {import("./json_schema.js").JsonSchema} JsonSchema
 *
 * One field of a form. `initial` is what its control starts with: a boolean for a checkbox, else text.
 * @typedef {object} FormField
 * @property {string} name
 * @property {string} label
 * @property {string} [help]
 * @property {"integer"|"number"|"choice"|"boolean"|"text"|"player"|"list"|"json"} kind
 * @property {boolean} required
 * @property {boolean} nullable
 * @property {string|boolean} initial
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [maxLength]
 * @property {unknown[]} [choices] of a "choice"; the control's text is the index
 * @property {FormField} [item] of a "list"
 *
 * What a control holds.
 * @typedef {string|boolean} Raw
 */

/**
 * @param {JsonSchema|undefined} schema of an object
 * @returns {FormField[]} in the schema's order
 */
export function formFields(schema) {
  if (schema === undefined) return [];
  const top = resolve(schema, schema);
  const required = new Set(top.required ?? []);
  return Object.entries(top.properties ?? {}).map(([name, each]) =>
    formField(name, each, schema, required.has(name)),
  );
}

/**
 * @param {string} name
 * @param {JsonSchema} property
 * @param {JsonSchema} root
 * @param {boolean} required
 * @returns {FormField}
 */
function formField(name, property, root, required) {
  const { schema, nullable } = withoutNull(property, root);
  const base = {
    name,
    // A title behind a reference is the name of a type, not of this field.
    label: property.title ?? humanize(name),
    help: schema.description,
    required,
    nullable,
    initial: initialText(schema.default),
  };
  const choices = choicesOf(schema, root);
  if (choices !== undefined) {
    const index = choices.indexOf(schema.default);
    return { ...base, kind: "choice", choices, initial: index >= 0 ? String(index) : required ? "0" : "" };
  }
  switch (schema.type) {
    case "integer":
    case "number":
      if (schema.format === "player") return { ...base, kind: "player" };
      return { ...base, kind: schema.type, min: lowest(schema), max: highest(schema) };
    case "boolean":
      return { ...base, kind: "boolean", initial: schema.default === true };
    case "string":
      return { ...base, kind: "text", maxLength: schema.maxLength };
    case "array": {
      const item = schema.items && formField(name, schema.items, root, true);
      if (item === undefined || item.nullable || !SIMPLE.has(item.kind)) break;
      const initial = Array.isArray(schema.default) ? schema.default.map(String).join(", ") : "";
      return { ...base, kind: "list", item, initial };
    }
  }
  const initial = schema.default === undefined ? "" : JSON.stringify(schema.default);
  return { ...base, kind: "json", initial };
}

/** What can be an item of a comma separated list. A choice can't: its control holds an index. */
const SIMPLE = new Set(["integer", "number", "text", "player"]);

/** @param {unknown} value */
function initialText(value) {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/**
 * @param {JsonSchema} schema
 * @param {JsonSchema} root
 * @returns {unknown[]|undefined}
 */
function choicesOf(schema, root) {
  if (schema.const !== undefined) return [schema.const];
  if (schema.enum !== undefined) return schema.enum;
  const variants = (schema.anyOf ?? schema.oneOf)?.map((each) => resolve(each, root));
  return variants?.every((each) => each.const !== undefined) ? variants.map((each) => each.const) : undefined;
}

/** @param {JsonSchema} schema */
function lowest({ type, minimum, exclusiveMinimum }) {
  return type === "integer" && exclusiveMinimum !== undefined ? exclusiveMinimum + 1 : minimum;
}

/** @param {JsonSchema} schema */
function highest({ type, maximum, exclusiveMaximum }) {
  return type === "integer" && exclusiveMaximum !== undefined ? exclusiveMaximum - 1 : maximum;
}

/**
 * The payload that a filled form stands for. What doesn't fit its field is sent as it was typed: the server knows best
 * what to say about it.
 *
 * @param {FormField[]} fields
 * @param {(name: string) => Raw} raw what each control holds
 * @returns {Record<string, unknown>} without the fields left empty, for which the server has defaults
 */
export function payloadOf(fields, raw) {
  /** @type {Record<string, unknown>} */
  const payload = {};
  for (const field of fields) {
    const value = readValue(field, raw(field.name));
    if (value !== undefined) payload[field.name] = value;
  }
  return payload;
}

/**
 * @param {FormField} field
 * @param {Raw} raw
 * @returns {unknown} undefined: left empty
 */
function readValue(field, raw) {
  if (typeof raw === "boolean") return raw;
  if (field.kind === "text") return raw === "" && !field.required ? emptyValue(field) : raw;
  const text = raw.trim();
  if (text === "") return field.kind === "list" && field.required ? [] : emptyValue(field);
  switch (field.kind) {
    case "integer":
    case "number":
    case "player":
      return Number.isFinite(Number(text)) ? Number(text) : raw;
    case "choice":
      return field.choices?.[Number(text)];
    case "list": {
      const { item } = field;
      return text.split(",").map((part) => (item === undefined ? part : readValue(item, part.trim())));
    }
    default:
      try {
        return JSON.parse(text);
      } catch {
        return raw;
      }
  }
}

/** @param {FormField} field */
function emptyValue(field) {
  return field.nullable && field.required ? null : undefined;
}

/**
 * A hint at what the server will probably refuse; never a reason not to send.
 *
 * @param {FormField} field
 * @param {Raw} raw
 * @returns {string|null} a sentence, or null if nothing seems wrong
 */
export function problemWith(field, raw) {
  if (typeof raw === "boolean") return null;
  const text = raw.trim();
  if (text === "") return field.required && !field.nullable && field.kind !== "list" ? "Needed." : null;
  switch (field.kind) {
    case "integer":
      if (!/^[+-]?\d+$/.test(text)) return "A whole number, please.";
      return outOfBounds(field, Number(text));
    case "number":
      return Number.isFinite(Number(text)) ? outOfBounds(field, Number(text)) : "A number, please.";
    case "text":
      return field.maxLength !== undefined && [...raw].length > field.maxLength
        ? `At most ${field.maxLength} characters.`
        : null;
    case "list": {
      const { item } = field;
      const problems = text.split(",").map((part) => item && problemWith(item, part));
      return problems.find((problem) => problem) ?? null;
    }
    case "json":
      return typeof readValue(field, raw) === "string" && !text.startsWith('"') ? "Not JSON yet." : null;
    default:
      return null;
  }
}

/**
 * @param {FormField} field
 * @param {number} value
 */
function outOfBounds({ min, max }, value) {
  if ((min === undefined || value >= min) && (max === undefined || value <= max)) return null;
  if (min !== undefined && max !== undefined) return `Between ${min} and ${max}.`;
  return min !== undefined ? `At least ${min}.` : `At most ${max}.`;
}
