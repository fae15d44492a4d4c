import { el, takesKeys } from "../ui/dom.js";

const LONGEST_TEXT = 200;

/** Where one types to the others: Enter goes in and sends, Esc goes out. */
export class ChatBox {
  #input = el("input", {
    maxLength: LONGEST_TEXT,
    placeholder: "Say something (Enter)",
    autocomplete: "off",
    "aria-label": "Chat",
    enterKeyHint: "send",
    "data-testid": "chat-input",
  });
  #onEscape;
  /** @param {KeyboardEvent} event */
  #onKey = (event) => {
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
    // Enter on a button or a link is for that.
    if (takesKeys(event.target)) return;
    if (event.target instanceof Element && event.target.closest("button, a, summary, [role=alertdialog]"))
      return;
    event.preventDefault();
    this.#input.focus();
  };

  /**
   * @param {(text: string) => boolean} send
   * @param {{ onEscape: () => void }} options
   */
  constructor(send, { onEscape }) {
    this.#onEscape = onEscape;
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const text = this.#input.value.trim();
      if (text === "") this.#leave();
      else if (send(text)) this.#input.value = "";
    };
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#leave();
    });
    this.element = el(
      "form",
      { className: "chat-box", onsubmit },
      this.#input,
      el("button", { type: "submit" }, "Send"),
    );
    window.addEventListener("keydown", this.#onKey);
  }

  dispose() {
    window.removeEventListener("keydown", this.#onKey);
  }

  #leave() {
    this.#input.blur();
    this.#onEscape();
  }
}
