/**
 * @typedef {import("./messages.js").PlayerInfo} PlayerInfo
 *
 * @typedef {PlayerInfo & { away: boolean }} RoomPlayer
 *
 * Who came, went, dropped out or came back.
 * @typedef {{ change: "joined"|"left"|"away"|"back", player: RoomPlayer, reason?: string }} PresenceChange
 */

/** Who has a seat in a room. */
export class Roster {
  /** @type {Map<number, RoomPlayer>} By player id. Those who left stay known by name only. */
  players;
  /** @type {Map<number, string>} */
  #names;

  /** @param {PlayerInfo[]} players */
  constructor(players) {
    this.players = new Map(players.map((player) => [player.player, { ...player, away: false }]));
    this.#names = new Map(players.map(({ player, name }) => [player, name]));
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
    return { change: "joined", player };
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
    return { change, player, reason };
  }
}
