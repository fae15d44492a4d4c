/**
 * What an address of this page asks for.
 *
 * @typedef {{ page: "lobby", game: string|null } | { page: "room", room: string, watch: boolean }} Route
 */

/**
 * @param {string} search an address's query
 * @returns {Route}
 */
export function parseRoute(search) {
  const query = new URLSearchParams(search);
  const room = query.get("room");
  if (room) return { page: "room", room, watch: query.get("watch") === "1" };
  return { page: "lobby", game: query.get("game") };
}

/**
 * @param {Route} route
 * @param {string|null} ticket what to show at the server's door; it stays in the address, for a reload
 * @returns {string} the relative address of it
 */
export function routeAddress(route, ticket) {
  const query = new URLSearchParams();
  if (route.page === "room") {
    query.set("room", route.room);
    if (route.watch) query.set("watch", "1");
  } else if (route.game !== null) {
    query.set("game", route.game);
  }
  if (ticket !== null) query.set("ticket", ticket);
  const text = query.toString();
  return text === "" ? "./" : `./?${text}`;
}

/**
 * @param {string} search an address's query
 * @returns {string|null} what somebody's own site gave a player to show at the server's door
 */
export function ticketOf(search) {
  return new URLSearchParams(search).get("ticket") || null;
}

/**
 * @param {string} href
 * @returns {string} the address for anybody else: a ticket says who one is
 */
export function withoutTicket(href) {
  const url = new URL(href);
  url.searchParams.delete("ticket");
  return url.href;
}
