import { el, fill, setText } from "../../ui/dom.js";
import { MAX_HP, MAX_SHIELD, PODIUM, weaponOf } from "./rules.js";
import { clockText } from "./standings.js";

/**
 * @typedef {import("./rules.js").ArenaRow} ArenaRow
 * @typedef {import("./world.js").Body} Body
 */

const MESSAGE_MS = 1_600;
/** The last seconds of a round are counted aloud. */
const LAST_S = 10;

/** Health, weapon, countdown and what is said in the middle. Text over the canvas: sharp, and no work while it stays. */
export class Hud {
  element;
  /** Called at each of a round's last seconds. */
  onLastSecond = () => {};
  #hpText = el("b", { "data-testid": "arena-hp" });
  #hpBar = el("i", { className: "fill" });
  #shieldBar = el("i", { className: "shield" });
  #weapon = el("span", { className: "weapon" });
  #ammo = el("b", { className: "ammo" });
  #dash = el("span", { className: "dash" }, "Dash");
  #vitals;
  #countdown = el("b", { "data-testid": "arena-countdown" });
  #score = el("span", { className: "score", "data-testid": "arena-score" });
  #top;
  #banner = el("p", { className: "arena-banner" }, "Double points");
  #middle = el("div", { className: "arena-middle", role: "status" });
  #respawn = el("p", { className: "arena-respawn" });
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;
  #second = -1;

  constructor() {
    this.#vitals = el(
      "div",
      { className: "arena-vitals" },
      el("div", { className: "hp" }, this.#hpBar, this.#shieldBar, this.#hpText),
      el("div", { className: "gun" }, this.#weapon, this.#ammo, this.#dash),
    );
    this.#top = el("div", { className: "arena-top" }, this.#countdown, this.#score);
    this.element = el(
      "div",
      { className: "arena-hud" },
      el("div", { className: "arena-head" }, this.#top, this.#banner),
      this.#middle,
      this.#respawn,
      this.#vitals,
    );
  }

  dispose() {
    clearTimeout(this.#timer);
  }

  /**
   * @param {ArenaRow} arena
   * @param {Body|undefined} body one's own fighter, or the one that is followed
   * @param {boolean} mine
   * @param {number} tick
   * @param {number} rate_hz
   */
  update(arena, body, mine, tick, rate_hz) {
    const own = body?.row;
    const left_s = (arena.ends_at - tick) / rate_hz;
    const fighting = arena.phase !== PODIUM;
    const double = fighting && tick >= arena.double_at;
    setText(this.#countdown, clockText(left_s));
    this.#top.classList.toggle("last", fighting && left_s <= LAST_S);
    this.#banner.hidden = !double;
    this.#count(fighting ? Math.ceil(left_s) : -1);
    this.#vitals.hidden = own === undefined || !fighting;
    this.#score.hidden = own === undefined;
    this.#respawn.hidden = own === undefined || own.hp > 0 || !fighting;
    if (own === undefined) return;
    const points = own.points === 1 ? "1 point" : `${own.points} points`;
    setText(this.#score, mine ? points : `${body?.name}: ${points}`);
    setText(this.#hpText, String(own.hp));
    this.#hpBar.style.scale = `${own.hp / MAX_HP} 1`;
    this.#shieldBar.style.scale = `${own.shield / MAX_SHIELD} 1`;
    this.#vitals.classList.toggle("low", own.hp > 0 && own.hp <= 30);
    const weapon = weaponOf(own.weapon);
    setText(this.#weapon, weapon.name);
    this.#weapon.style.color = weapon.colour;
    setText(this.#ammo, own.weapon === 0 ? "∞" : String(own.ammo));
    this.#dash.classList.toggle("ready", (body?.tick ?? tick) >= own.dash_at && own.hp > 0);
    if (!this.#respawn.hidden) {
      const wait_s = Math.max(0, (own.respawn_at - tick) / rate_hz);
      setText(this.#respawn, `Back in ${wait_s.toFixed(1)} s`);
    }
  }

  /**
   * Says something large for a moment.
   *
   * @param {string} big
   * @param {string} [name]
   * @param {string} [colour]
   */
  say(big, name = "", colour = "") {
    const who = el("span", {}, name);
    who.style.color = colour;
    const line = el("p", {}, big, name === "" ? null : " ", name === "" ? null : who);
    fill(this.#middle, line);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => fill(this.#middle), MESSAGE_MS);
  }

  /** @param {number} second */
  #count(second) {
    if (second !== this.#second && second > 0 && second <= LAST_S && this.#second > second)
      this.onLastSecond();
    this.#second = second;
  }
}
