import assert from "node:assert/strict";
import test from "node:test";
import { eventParts, presenceParts, valueText } from "../../clients/web/room/event_text.js";

const PLAYER = { type: "integer", format: "player" };
/** @type {Record<number, string>} */
const NAMES = { 1: "Ann", 2: "Bob" };

/**
 * @param {string} name
 * @param {unknown} data
 * @param {Record<string, object>} [properties]
 */
function line(name, data, properties) {
  const schema = properties && { type: "object", properties };
  return eventParts({ name, data }, schema, (player) => NAMES[player]);
}

/** @param {{ text: string }[]} parts */
function text(parts) {
  return parts.map((part) => part.text).join("");
}

test("players are named, and known as players", () => {
  const parts = line("tagged", { by: 1, who: 2 }, { by: PLAYER, who: PLAYER });
  assert.equal(text(parts), "Tagged: by Ann, who Bob");
  assert.deepEqual(
    parts.map(({ player }) => player).filter((player) => player !== undefined),
    [1, 2],
  );
});

test("numbers that aren't players stay numbers", () => {
  assert.equal(text(line("card_shown", { rank: 1 }, { rank: { type: "integer" } })), "Card shown: rank 1");
  assert.equal(text(line("tagged", { by: 1 })), "Tagged: by 1");
});

test("nobody, strangers, and players in lists and options", () => {
  const maybe = { anyOf: [PLAYER, { type: "null" }] };
  assert.equal(text(line("won", { winner: null }, { winner: maybe })), "Won: winner nobody");
  assert.equal(text(line("won", { winner: 0 }, { winner: PLAYER })), "Won: winner nobody");
  assert.equal(text(line("won", { winner: 77 }, { winner: PLAYER })), "Won: winner player 77");
  const list = { winners: { type: "array", items: PLAYER } };
  assert.equal(text(line("won", { winners: [1, 2] }, list)), "Won: winners Ann, Bob");
  assert.equal(text(line("won", { winners: [] }, list)), "Won: winners none");
});

test("an event without data is its name", () => {
  assert.equal(text(line("round_over", {})), "Round over");
  assert.equal(text(line("round_over", null)), "Round over");
});

test("values read well", () => {
  assert.equal(valueText(true), "yes");
  assert.equal(valueText(1 / 3), "0.33");
  assert.equal(valueText({ best_of: 3, open: false }), "best of 3, open no");
  assert.equal(valueText(null), "–");
});

test("who comes, goes, drops out and comes back has a line, but not what was so before", () => {
  const line = (/** @type {any} */ presence) => {
    const player = { player: 4, name: "Bob", bot: false, away: false, ...presence.player };
    const parts = presenceParts({ news: true, ...presence, player });
    return parts && text(parts);
  };
  assert.equal(line({ change: "joined" }), "Bob joined");
  assert.equal(line({ change: "joined", player: { bot: true } }), "Bob joined (bot)");
  assert.equal(line({ change: "away" }), "Bob lost the connection");
  assert.equal(line({ change: "back" }), "Bob is back");
  assert.equal(line({ change: "left", reason: "disconnected" }), "Bob left");
  assert.equal(line({ change: "away", news: false }), null);
});
