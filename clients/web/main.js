import { fetchGames } from "./lobby/api.js";
import { LobbyPage } from "./lobby/lobby_page.js";
import { randomName, rememberedName, rememberName } from "./lobby/player_name.js";
import { parseRoute, routeAddress, ticketOf } from "./lobby/route.js";
import { forgetSeat, keepSeat, keptSeat } from "./room/kept_seat.js";
import { RoomPage } from "./room/room_page.js";
import { Client, ServerError, socketUrl } from "./sdk/index.js";
import { fill } from "./ui/dom.js";
import { watchConnection } from "./ui/overlay.js";

/**
 * @typedef {import("./lobby/lobby_page.js").Wish} Wish
 * @typedef {import("./sdk/index.js").Room} Room
 */

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const ticket = ticketOf(window.location.search);
const client = new Client({ url: socketUrl(window.location), ticket });
/** @type {LobbyPage|RoomPage|null} */
let page = null;

client.on("state", (state) => {
  document.body.dataset.state = state;
});
document.body.dataset.state = client.connection.state;
watchConnection(client, { main, onGiveUp: goToLobby });
window.addEventListener("popstate", followAddress);
followAddress();

/** Does what the address asks for: at the start, and when someone goes back or forward. */
function followAddress() {
  const route = parseRoute(window.location.search);
  const name = rememberedName();
  client.disconnect();
  if (route.page === "lobby") {
    showLobby({ game: route.game });
  } else if (route.watch || name) {
    showLobby({});
    const { room } = route;
    void enter(
      route.watch ? { kind: "watch", room } : { kind: "resume", room, token: keptSeat(room) },
      name ?? "",
    );
  } else {
    showLobby({ invitation: route.room });
  }
}

function goToLobby() {
  client.disconnect();
  history.pushState(null, "", routeAddress({ page: "lobby", game: null }, ticket));
  showLobby({});
}

/** @param {{ game?: string|null, invitation?: string|null }} options */
function showLobby({ game = null, invitation = null }) {
  const lobby = new LobbyPage({ game, invitation, onWish: enter });
  show(lobby);
  document.title = "Play together";
  delete document.body.dataset.player;
  delete document.body.dataset.room;
}

/**
 * @param {Wish} wish
 * @param {string} name
 */
async function enter(wish, name) {
  const from = page;
  if (from instanceof LobbyPage) from.setBusy(true);
  try {
    const room = await ask(wish, name);
    if (wish.kind !== "watch") rememberName(name);
    // Without a description a game can still be watched: no reason to turn back at the door.
    const games = await fetchGames().catch(() => []);
    showRoom(
      room,
      wish,
      games.find(({ name: each }) => each === room.game),
    );
  } catch (error) {
    if (error instanceof ServerError && error.code === "cancelled") return;
    if (!(page instanceof LobbyPage)) goToLobby();
    if (page instanceof LobbyPage) page.showError(error);
    // A link that leads nowhere is not worth keeping in the address bar.
    history.replaceState(null, "", routeAddress({ page: "lobby", game: null }, ticket));
  } finally {
    if (from instanceof LobbyPage) from.setBusy(false);
  }
}

/**
 * @param {Wish} wish
 * @param {string} name
 * @returns {Promise<Room>}
 */
function ask(wish, name) {
  switch (wish.kind) {
    case "watch":
      return client.spectate(wish.room);
    case "join":
      return client.join({ room: wish.room, name });
    case "resume":
      return client.resume(wish.token, { room: wish.room, name });
    case "play":
      return client.join({ game: wish.game, name, ...(wish.options && { options: wish.options }) });
  }
}

/**
 * @param {Room} room
 * @param {Wish} wish how it was entered
 * @param {import("./lobby/api.js").GameInfo|undefined} game
 */
function showRoom(room, wish, game) {
  const again = () => {
    // The same room is over; quick match finds (or makes) another one of its game.
    const { game: name } = room;
    const options = wish.kind === "play" ? wish.options : undefined;
    void enter({ kind: "play", game: name, options }, rememberedName() ?? randomName());
  };
  const takeBack = () => {
    const token = keptSeat(room.id) ?? room.token;
    void enter({ kind: "resume", room: room.id, token }, rememberedName() ?? randomName());
  };
  show(new RoomPage({ room, game, onLobby: goToLobby, onAgain: again, onTakeBack: takeBack }));
  entered(room, game?.title ?? room.game);
  room.on("joined", () => entered(room, game?.title ?? room.game));
  room.on("resumed", () => {
    keep(room);
    document.body.dataset.resumes = String(Number(document.body.dataset.resumes ?? 0) + 1);
  });
  room.on("left", (reason) => {
    // One that went elsewhere can be taken back.
    if (reason !== "replaced") forgetSeat();
  });
}

/**
 * @param {Room} room
 * @param {string} title
 */
function entered(room, title) {
  const address = routeAddress({ page: "room", room: room.id, watch: room.spectating }, ticket);
  const here = parseRoute(window.location.search);
  // Only the way from the lobby into a room is a step to go back from.
  if (here.page === "room") history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  document.title = `${title} · ${room.id}`;
  document.body.dataset.room = room.id;
  if (room.player === null) delete document.body.dataset.player;
  else document.body.dataset.player = String(room.player);
  keep(room);
}

/** @param {Room} room a reload leads back to one's seat there */
function keep({ id, player, token }) {
  if (player === null || token === null) forgetSeat();
  else keepSeat({ room: id, player, token });
}

/** @param {LobbyPage|RoomPage} next */
function show(next) {
  page?.dispose();
  page = next;
  fill(main, next.element);
  window.scrollTo(0, 0);
  if (next instanceof RoomPage) next.start();
}
