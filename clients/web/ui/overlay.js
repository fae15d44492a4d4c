import { closeMeaning } from "../sdk/index.js";
import { el, fill, setText } from "./dom.js";
import { Outage } from "./outage.js";

/**
 * @typedef {import("../sdk/index.js").Client} Client
 */

/**
 * Covers the page while something is wanted of the server and there is no connection, unless it is back at once.
 *
 * @param {Client} client
 * @param {{ main: HTMLElement, onGiveUp: () => void }} options `main`: what is out of reach meanwhile
 */
export function watchConnection(client, { main, onGiveUp }) {
  const { connection } = client;
  const title = el("h2", { id: "overlay-title" });
  const text = el("p");
  const next = el("p");
  const retry = el("button", { className: "primary", type: "button", onclick: () => connection.retryNow() });
  const back = el("button", { type: "button", onclick: onGiveUp }, "Back to lobby");
  const pulse = el("span", { className: "pulse", "aria-hidden": "true" });
  const card = el(
    "div",
    { className: "card" },
    pulse,
    title,
    text,
    next,
    el("div", { className: "row" }, retry, back),
  );
  const overlay = el(
    "div",
    {
      className: "overlay",
      role: "alertdialog",
      "aria-labelledby": "overlay-title",
      "data-testid": "overlay",
    },
    card,
  );
  overlay.hidden = true;
  document.body.append(overlay);

  /** @type {Element|null} */
  let focused = null;
  /** @type {ReturnType<typeof setInterval>|undefined} */
  let countdown;

  const show = (/** @type {boolean} */ shown) => {
    if (overlay.hidden === !shown) return;
    overlay.hidden = !shown;
    main.inert = shown;
    if (shown) {
      focused = document.activeElement;
      retry.focus();
    } else if (focused instanceof HTMLElement) {
      focused.focus();
    }
  };

  const update = () => {
    clearInterval(countdown);
    show(outage.shown);
    if (!outage.shown) return;
    const { state, refusal } = connection;
    const meaning = refusal ?? closeMeaning(connection.closeCode);
    overlay.classList.toggle("final", state === "closed");
    retry.hidden = state === "connecting" || state === "open";
    fill(retry, state !== "closed" ? "Retry now" : refusal === null ? "Connect again" : "Try again");
    setText(title, meaning.title);
    setText(text, meaning.text);
    text.hidden = meaning.text === "";
    next.hidden = state === "closed";
    if (state === "waiting") {
      const tick = () => setText(next, waitText(connection.retryAt_ms));
      tick();
      countdown = setInterval(tick, 250);
    } else {
      setText(next, state === "open" ? "Going back in…" : "Trying again…");
    }
  };
  const outage = new Outage(client, { onChange: update });

  const retryIfWaiting = () => {
    // A server that said when to come back isn't asked before, but for a person.
    const { closing, refusal } = connection;
    const told = closing !== null || typeof refusal?.retry_after_s === "number";
    if (connection.state === "waiting" && !told && document.visibilityState === "visible")
      connection.retryNow();
  };
  window.addEventListener("online", retryIfWaiting);
  document.addEventListener("visibilitychange", retryIfWaiting);
}

/** @param {number} retryAt_ms on the clock of `performance.now()` */
function waitText(retryAt_ms) {
  const seconds = Math.max(0, Math.ceil((retryAt_ms - performance.now()) / 1000));
  return seconds === 0 ? "Trying again…" : `Trying again in ${seconds} s…`;
}
