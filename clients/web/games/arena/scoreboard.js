import { el, fill, setText } from "../../ui/dom.js";
import { fightersOf } from "./rules.js";
import { firstAndOwn, standings } from "./standings.js";

/**
 * @typedef {import("../../sdk/index.js").Room} Room
 * @typedef {import("./standings.js").Standing} Standing
 * @typedef {import("./world.js").Body} Body
 */

const FIRST = 5;

/** Who has how many points: the first few and oneself, or everybody while Tab is held. */
export class Scoreboard {
  #list = el("ol");
  #title = el("h2", {}, "Everyone");
  #room;
  #onPick;
  #shown = "";
  #full = false;

  /**
   * @param {Room} room
   * @param {(player: number) => void} onPick somebody's line was clicked
   */
  constructor(room, onPick) {
    this.#room = room;
    this.#onPick = onPick;
    this.element = el(
      "section",
      { className: "arena-scoreboard", "aria-label": "Scores", "data-testid": "arena-scoreboard" },
      this.#title,
      this.#list,
    );
    this.showAll(false);
  }

  /** @param {boolean} full */
  showAll(full) {
    this.#full = full;
    this.#title.hidden = !full;
    this.element.classList.toggle("full", full);
  }

  /**
   * @param {ReadonlyMap<number, Body>} bodies
   * @param {number} leader
   */
  update(bodies, leader) {
    const all = standings(fightersOf(this.#room.state));
    const lines = this.#full ? all : firstAndOwn(all, FIRST, this.#room.player);
    const line = (/** @type {Standing} */ s) =>
      `${Object.values(s)}${bodies.get(s.player)?.name}${this.#isAway(s.player)}`;
    const shown = `${leader} ${this.#full} ${lines.map(line)}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    fill(this.#list, ...lines.map((standing) => this.#line(standing, bodies.get(standing.player), leader)));
  }

  /**
   * @param {Standing} standing
   * @param {Body|undefined} body
   * @param {number} leader
   */
  #line({ player, rank, points, kills, deaths }, body, leader) {
    const name = el(
      "span",
      { className: "name" },
      body?.name ?? this.#room.nameOf(player) ?? `player ${player}`,
    );
    if (body !== undefined) name.style.color = body.colour;
    const crown = player === leader ? el("span", { className: "crown", title: "Leads" }, "♛") : null;
    const away = this.#isAway(player);
    const note = away ? el("span", { className: "note" }, "away") : null;
    const detail = this.#full
      ? el("span", { className: "detail" }, `${kills} kills · ${deaths} deaths`)
      : null;
    const line = el(
      "li",
      { "data-player": player, className: player === this.#room.player ? "own" : "" },
      el("span", { className: "rank" }, String(rank)),
      name,
      note,
      crown,
      detail,
      el("b", {}, String(points)),
    );
    line.classList.toggle("away", away);
    if (this.#room.spectating) line.addEventListener("click", () => this.#onPick(player));
    return line;
  }

  /** @param {number} player */
  #isAway(player) {
    return this.#room.players.get(player)?.away ?? false;
  }
}

/** The three best of a round, between rounds. */
export class Podium {
  #title = el("h2");
  #steps = el("div", { className: "steps" });
  #next = el("p", { className: "muted" });
  #shown = "";

  constructor() {
    this.element = el(
      "section",
      { className: "arena-podium", "aria-label": "Podium", "data-testid": "arena-podium" },
      this.#title,
      this.#steps,
      this.#next,
    );
    this.element.hidden = true;
  }

  /**
   * @param {Room} room
   * @param {import("./rules.js").ArenaRow} arena
   * @param {ReadonlyMap<number, Body>} bodies
   * @param {number} left_s until the next round
   */
  show(room, arena, bodies, left_s) {
    this.element.hidden = false;
    setText(this.#next, `The next round begins in ${Math.max(0, Math.ceil(left_s))} s`);
    const best = [arena.first, arena.second, arena.third].filter((player) => player !== 0);
    const shown = `${arena.round} ${best}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    const winner = best[0] === undefined ? "Nobody" : (room.nameOf(best[0]) ?? `player ${best[0]}`);
    setText(this.#title, best[0] === room.player ? "You win the round!" : `${winner} wins the round`);
    const scores = fightersOf(room.state);
    fill(
      this.#steps,
      ...best.map((player, index) => {
        const name = el("span", { className: "name" }, room.nameOf(player) ?? `player ${player}`);
        const step = el("div", { className: `step place-${index + 1}` });
        const colour = bodies.get(player)?.colour ?? "#9aa9b8";
        name.style.color = colour;
        step.style.setProperty("--colour", colour);
        const points = scores.get(player)?.points ?? 0;
        step.append(
          el("span", { className: "medal" }, index === 0 ? "♛" : ""),
          name,
          el(
            "div",
            { className: "block" },
            el("b", {}, String(index + 1)),
            el("span", {}, points === 1 ? "1 point" : `${points} points`),
          ),
        );
        return step;
      }),
    );
  }

  hide() {
    this.element.hidden = true;
  }
}
