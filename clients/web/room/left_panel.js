import { el } from "../ui/dom.js";
import { partNodes } from "./feed.js";

/**
 * @typedef {import("./event_text.js").Part} Part
 */

/** @type {Record<string, { title: string, text: string }>} */
const REASONS = {
  left: { title: "You left the game", text: "" },
  ended: { title: "The game is over", text: "" },
  closed: { title: "The room was closed", text: "The server has ended this room." },
  closing: { title: "The server was shut down", text: "" },
  crashed: { title: "The game broke", text: "A mistake in the game's rules ended this room. It wasn't you." },
  kicked: { title: "You were removed", text: "The operator of the server took you out of this room." },
  replaced: { title: "You went on playing elsewhere.", text: "Your seat moved to another tab or device." },
  unknown_room: { title: "The room is gone", text: "It ended while you were away." },
  room_full: { title: "The room is full", text: "Your place was taken while you were away." },
};

/**
 * What stands over the view once the room was left.
 *
 * @param {object} options
 * @param {string} options.reason
 * @param {boolean} options.spectating
 * @param {Part[]|null} options.result
 * @param {Part[][]} options.latest the last events
 * @param {() => void} options.onAgain
 * @param {() => void} options.onTakeBack the seat shall be here again
 * @param {() => void} options.onLobby
 * @returns {HTMLElement}
 */
export function leftPanel({ reason, spectating, result, latest, onAgain, onTakeBack, onLobby }) {
  const { title, text } = REASONS[reason] ?? { title: "You're out of the room", text: `Reason: ${reason}.` };
  const again =
    reason === "replaced"
      ? { textContent: "Play here", onclick: onTakeBack, "data-testid": "take-back" }
      : {
          textContent: spectating ? "Play this game" : "Play again",
          onclick: onAgain,
          "data-testid": "play-again",
        };
  const events = latest.map((parts) => el("li", {}, ...partNodes(parts)));
  return el(
    "div",
    {
      className: "left-panel",
      role: "dialog",
      "aria-label": title,
      "data-testid": "left-panel",
      "data-reason": reason,
    },
    el(
      "div",
      { className: "card" },
      el("h2", {}, title),
      text === "" ? null : el("p", { className: "muted" }, text),
      result === null ? null : el("p", { className: "result" }, ...partNodes(result)),
      result === null && events.length > 0 && reason !== "replaced"
        ? el("ul", { className: "latest" }, ...events)
        : null,
      el(
        "div",
        { className: "row" },
        el("button", { className: "primary", type: "button", ...again }),
        el("button", { type: "button", onclick: onLobby, "data-testid": "to-lobby" }, "Back to lobby"),
      ),
    ),
  );
}
