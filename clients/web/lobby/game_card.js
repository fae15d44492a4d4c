import { formFields } from "../forms/form_model.js";
import { FormView } from "../forms/form_view.js";
import { hueOf } from "../ui/colours.js";
import { el } from "../ui/dom.js";

/**
 * @typedef {import("./api.js").GameInfo} GameInfo
 */

/**
 * A game to pick: play at once, or set its options first.
 *
 * @param {GameInfo} game
 * @param {(options: object|undefined) => void} onPlay `options` only if some were changed
 * @returns {HTMLElement}
 */
export function gameCard(game, onPlay) {
  const fields = formFields(game.options);
  const form = new FormView(fields, { prefix: `options-${game.name}` });
  const play = el(
    "button",
    {
      className: "primary",
      type: "submit",
      "data-testid": `play-${game.name}`,
      "aria-label": `Play ${game.title}`,
    },
    "Play",
  );
  const options =
    fields.length === 0
      ? null
      : el("details", { className: "options" }, el("summary", {}, "Options"), form.element);
  const onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    onPlay(form.touched ? form.payload() : undefined);
  };
  const card = el(
    "form",
    { className: "game-card", noValidate: true, onsubmit, "data-game": game.name },
    art(game.name),
    el(
      "div",
      { className: "body" },
      el("h3", {}, game.title),
      el("p", { className: "muted" }, `Up to ${game.max_players} players`),
      options,
      play,
    ),
  );
  card.style.setProperty("--hue", hueOf(game.name).toFixed(0));
  return card;
}

/**
 * A little scene, always the same for the same game.
 *
 * @param {string} name
 */
function art(name) {
  const dots = Array.from({ length: 5 }, (_, index) => {
    const dot = el("span", { className: `dot d${index}` });
    dot.style.left = `${8 + 18 * index + (hueOf(`${name}${index}`) % 10)}%`;
    dot.style.top = `${12 + (hueOf(`${index}${name}`) % 58)}%`;
    return dot;
  });
  return el("div", { className: "art", "aria-hidden": "true" }, ...dots);
}
