import assert from "node:assert/strict";
import test from "node:test";
import { parseRoute, routeAddress, ticketOf, withoutTicket } from "../../clients/web/lobby/route.js";

test("a route's address leads back to it, and keeps the ticket", () => {
  for (const route of /** @type {const} */ ([
    { page: "lobby", game: null },
    { page: "lobby", game: "tag" },
    { page: "room", room: "5y79s2", watch: false },
    { page: "room", room: "a b", watch: true },
  ])) {
    for (const ticket of [null, "ey.J+/=&x"]) {
      const search = routeAddress(route, ticket).slice(2);
      assert.deepEqual([parseRoute(search), ticketOf(search)], [route, ticket]);
    }
  }
});

test("an empty ticket is none", () => {
  assert.equal(ticketOf("?room=a&ticket="), null);
});

test("what one sends to a friend has no ticket in it", () => {
  assert.equal(withoutTicket("https://play.test/x/?room=a&ticket=secret"), "https://play.test/x/?room=a");
  assert.equal(withoutTicket("https://play.test/x/?ticket=secret"), "https://play.test/x/");
});
