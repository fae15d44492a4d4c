import assert from "node:assert/strict";
import test from "node:test";
import { formFields, payloadOf, problemWith } from "../../clients/web/forms/form_model.js";

const SCHEMA = {
  type: "object",
  properties: {
    card: { type: "integer", minimum: 1, maximum: 13 },
    who: { type: "integer", format: "player" },
    how: { $ref: "#/$defs/How" },
    note: { type: "string", maxLength: 5, default: "" },
    loud: { type: "boolean", default: true },
    cards: { type: "array", items: { type: "integer" }, default: [] },
    limit: { anyOf: [{ type: "integer", exclusiveMaximum: 10 }, { type: "null" }], default: null },
    extra: { type: "object", default: { a: 1 } },
  },
  required: ["card", "who", "how"],
  $defs: { How: { title: "How", enum: ["open", 2] } },
};
const fields = formFields(SCHEMA);
const byName = new Map(fields.map((field) => [field.name, field]));

/** @param {string} name */
function field(name) {
  const found = byName.get(name);
  if (found === undefined) throw new Error(name);
  return found;
}

/** @param {Record<string, string|boolean>} raw */
function payload(raw) {
  return payloadOf(fields, (name) => raw[name] ?? field(name).initial);
}

test("every kind of property gets its kind of control", () => {
  assert.deepEqual(
    fields.map(({ name, kind }) => `${name} ${kind}`),
    [
      "card integer",
      "who player",
      "how choice",
      "note text",
      "loud boolean",
      "cards list",
      "limit integer",
      "extra json",
    ],
  );
  assert.equal(field("how").label, "How");
  assert.deepEqual(field("how").choices, ["open", 2]);
  assert.equal(field("limit").max, 9);
});

test("what was left alone is left to the server's defaults, what was chosen is typed", () => {
  assert.deepEqual(payload({ card: "4", who: "2", how: "1" }), {
    card: 4,
    who: 2,
    how: 2,
    loud: true,
    extra: { a: 1 },
  });
  assert.deepEqual(payload({ card: "4", who: "2", cards: " 1, 2 ,3", limit: "7", note: "hi", loud: false }), {
    card: 4,
    who: 2,
    how: "open",
    note: "hi",
    loud: false,
    cards: [1, 2, 3],
    limit: 7,
    extra: { a: 1 },
  });
});

test("what doesn't fit is sent as typed, for the server to refuse", () => {
  assert.deepEqual(payload({ card: "99", who: "2", how: "0", extra: "{oops", cards: "1, x" }), {
    card: 99,
    who: 2,
    how: "open",
    loud: true,
    cards: [1, "x"],
    extra: "{oops",
  });
});

test("a required list that is empty is an empty list, a required null is null", () => {
  const strict = formFields({
    type: "object",
    properties: {
      ids: { type: "array", items: { type: "integer" } },
      who: { anyOf: [{ type: "integer", format: "player" }, { type: "null" }] },
    },
    required: ["ids", "who"],
  });
  assert.deepEqual(
    payloadOf(strict, () => ""),
    { ids: [], who: null },
  );
});

test("hints name the bounds", () => {
  assert.equal(problemWith(field("card"), "13"), null);
  assert.equal(problemWith(field("card"), "14"), "Between 1 and 13.");
  assert.equal(problemWith(field("card"), "1.5"), "A whole number, please.");
  assert.equal(problemWith(field("card"), ""), "Needed.");
  assert.equal(problemWith(field("limit"), ""), null);
  assert.equal(problemWith(field("limit"), "10"), "At most 9.");
  assert.equal(problemWith(field("note"), "🙂🙂🙂🙂🙂"), null);
  assert.equal(problemWith(field("note"), "123456"), "At most 5 characters.");
  assert.equal(problemWith(field("cards"), "1, two"), "A whole number, please.");
});

test("a literal of one value and a union of literals are choices", () => {
  const [only, either] = formFields({
    type: "object",
    properties: { only: { const: "a" }, either: { anyOf: [{ const: 1 }, { const: 2 }], default: 2 } },
    required: ["only"],
  });
  assert.deepEqual([only?.choices, only?.initial], [["a"], "0"]);
  assert.deepEqual([either?.choices, either?.initial], [[1, 2], "1"]);
});
