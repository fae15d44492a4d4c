/**
 * The part of JSON Schema that the server's descriptions of commands, inputs, events and options use.
 *
 * @typedef {object} JsonSchema
 * @property {string|string[]} [type]
 * @property {string} [title]
 * @property {string} [description]
 * @property {string} [format] beyond JSON Schema's own: "axis", "player" (a player id), "tick"
 * @property {unknown} [default]
 * @property {unknown} [const]
 * @property {unknown[]} [enum]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [exclusiveMinimum]
 * @property {number} [exclusiveMaximum]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {number} [maxItems]
 * @property {JsonSchema} [items]
 * @property {Record<string, JsonSchema>} [properties]
 * @property {string[]} [required]
 * @property {JsonSchema[]} [anyOf]
 * @property {JsonSchema[]} [oneOf]
 * @property {string} [$ref]
 * @property {Record<string, JsonSchema>} [$defs]
 */

/**
 * @param {JsonSchema} schema
 * @param {JsonSchema} root the document whose `$defs` references point into
 * @returns {JsonSchema} the same without a reference at its top
 */
export function resolve(schema, root) {
  let resolved = schema;
  // Bounded, since a description may refer to itself.
  for (let depth = 0; depth < 8 && resolved.$ref !== undefined; depth++) {
    const { $ref, ...beside } = resolved;
    const target = root.$defs?.[$ref.replace(/^#\/\$defs\//, "")];
    if (target === undefined) return beside;
    // What stands beside a reference (a default, mostly) is about this use of it.
    resolved = { ...target, ...beside };
  }
  return resolved;
}

/**
 * @param {JsonSchema} schema
 * @param {JsonSchema} root
 * @returns {{ schema: JsonSchema, nullable: boolean }} the schema of everything but null
 */
export function withoutNull(schema, root) {
  const resolved = resolve(schema, root);
  const { anyOf, ...beside } = resolved;
  if (anyOf !== undefined) {
    const others = anyOf.filter((each) => each.type !== "null");
    const [only] = others;
    if (others.length === 1 && only !== undefined) {
      return { schema: { ...resolve(only, root), ...beside }, nullable: others.length < anyOf.length };
    }
    return { schema: resolved, nullable: others.length < anyOf.length };
  }
  if (Array.isArray(resolved.type) && resolved.type.length === 2 && resolved.type.includes("null")) {
    return { schema: { ...resolved, type: resolved.type.find((type) => type !== "null") }, nullable: true };
  }
  return { schema: resolved, nullable: false };
}

/**
 * @param {JsonSchema|undefined} schema of an object
 * @returns {[name: string, schema: JsonSchema][]} its properties, references resolved
 */
export function properties(schema) {
  if (schema === undefined) return [];
  const top = resolve(schema, schema);
  return Object.entries(top.properties ?? {}).map(([name, each]) => [name, resolve(each, schema)]);
}

/**
 * @param {string} name in snake_case
 * @returns {string} for people: "round_over" becomes "Round over"
 */
export function humanize(name) {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
