/**
 * @typedef {import("./messages.js").PlayerInfo} PlayerInfo
 *
 * @typedef {PlayerInfo & { away: boolean }} RoomPlayer
 *
 * Who came, went, dropped out or came back. `news`: false for what was so before one came (back) oneself.
 * @typedef {{ change: "joined"|"left"|"away"|"back", player: RoomPlayer, reason?: string, news: boolean }} PresenceChange
 */

/** Who has a seat in a room. */
export class Roster {
  /** By player id. Those who left stay known by name only. @type {Map<number, RoomPlayer>} */
  players = new Map();
  /** Whether changes are told of as they happen. */
  news = false;
  /** @type {Map<number, string>} */
  #names = new Map();

  /** @param {PlayerInfo[]} players */
  constructor(players) {
    this.begin(players);
  }

  /**
   * One is let in, for the first time or again. Who is away is told right after this.
   *
   * @param {PlayerInfo[]} players
   */
  begin(players) {
    this.news = false;
    this.players = new Map(players.map((player) => [player.player, { ...player, away: false }]));
    for (const { player, name } of players) this.#names.set(player, name);
  }

  /**
   * @param {number} player
   * @returns {string|undefined} the name of someone who is or was here
   */
  nameOf(player) {
    return this.#names.get(player);
  }

  /**
   * @param {PlayerInfo} info
   * @returns {PresenceChange}
   */
  join(info) {
    const player = { ...info, away: false };
    this.#names.set(info.player, info.name);
    this.players.set(info.player, player);
    return { change: "joined", player, news: true };
  }

  /**
   * @param {number} id
   * @param {"left"|"away"|"back"} change
   * @param {string} [reason]
   * @returns {PresenceChange|null} null: nobody of that id is here
   */
  change(id, change, reason) {
    const player = this.players.get(id);
    if (player === undefined) return null;
    player.away = change === "away";
    if (change === "left") this.players.delete(id);
    return { change, player, reason, news: this.news || change !== "away" };
  }
}
