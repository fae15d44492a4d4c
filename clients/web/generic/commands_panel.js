import { formFields } from "../forms/form_model.js";
import { FormView } from "../forms/form_view.js";
import { humanize } from "../forms/json_schema.js";
import { ServerError } from "../sdk/index.js";
import { el } from "../ui/dom.js";
import { toast } from "../ui/toast.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("../forms/json_schema.js").JsonSchema} JsonSchema
 */

/** A button for each command of the game, with a small form where it takes something. */
export class CommandsPanel {
  /** @type {FormView[]} */
  #forms = [];
  #room;
  #onDone;

  /**
   * @param {Room} room
   * @param {Record<string, JsonSchema>} commands
   * @param {() => void} onDone the keyboard may go back to the game: after a click, or Esc
   */
  constructor(room, commands, onDone) {
    this.#room = room;
    this.#onDone = onDone;
    const forms = Object.entries(commands).map(([name, schema]) => this.#command(name, schema));
    const onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") onDone();
    };
    this.element = el("section", { className: "commands", "aria-label": "Commands", onkeydown }, ...forms);
  }

  /** Lists the players anew in every form that asks for one. */
  updatePlayers() {
    for (const form of this.#forms) form.updatePlayers();
  }

  /**
   * @param {string} name
   * @param {JsonSchema} schema
   */
  #command(name, schema) {
    const fields = formFields(schema);
    const form = new FormView(fields, {
      prefix: name,
      players: () =>
        [...this.#room.players.values()].map(({ player, name: each, away }) => ({
          id: player,
          name: away ? `${each} (away)` : each,
        })),
    });
    this.#forms.push(form);
    const button = el(
      "button",
      { type: "submit", className: "command", "data-testid": `command-${name}`, title: schema.description },
      humanize(name),
    );
    button.addEventListener("click", (event) => {
      // A real click has a count; a press of the keyboard has none, and keeps its focus.
      if (event.detail > 0 && fields.length === 0) this.#onDone();
    });
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.#send(name, form.payload(), button);
    };
    return el(
      "form",
      {
        noValidate: true,
        onsubmit,
        "data-testid": `form-${name}`,
        className: fields.length === 0 ? "bare" : "",
      },
      fields.length === 0 ? null : form.element,
      button,
    );
  }

  /**
   * @param {string} name
   * @param {object} payload
   * @param {HTMLElement} button
   */
  async #send(name, payload, button) {
    button.classList.add("sent");
    try {
      await this.#room.command(name, payload);
      for (const old of button.parentElement?.querySelectorAll(".toast") ?? []) old.remove();
    } catch (error) {
      // The command that ended the room has done its work.
      if (error instanceof ServerError && error.code === "left") return;
      toast(error instanceof Error ? error.message : String(error), { near: button });
    } finally {
      button.classList.remove("sent");
    }
  }
}
