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
 * @returns {string} the relative address of it
 */
export function routeAddress(route) {
  const query = new URLSearchParams();
  if (route.page === "room") {
    query.set("room", route.room);
    if (route.watch) query.set("watch", "1");
  } else if (route.game !== null) {
    query.set("game", route.game);
  }
  const text = query.toString();
  return text === "" ? "./" : `./?${text}`;
}
