import { el } from "./dom.js";

const SHOWN_MS = 6_000;

/**
 * Says something in passing.
 *
 * @param {string} text
 * @param {{ near?: Element, kind?: "error"|"info" }} [options] `near`: what it is about; the toast goes right behind it
 */
export function toast(text, { near, kind = "error" } = {}) {
  const place = near?.parentElement ?? corner();
  // Only the latest about the same thing: older ones are answered by it.
  if (near !== undefined) for (const old of place.querySelectorAll(":scope > .toast")) old.remove();
  const element = el(
    "div",
    { className: `toast ${kind}`, role: kind === "error" ? "alert" : "status", "data-testid": "toast" },
    text,
  );
  element.addEventListener("click", () => element.remove());
  if (near !== undefined) near.after(element);
  else place.append(element);
  setTimeout(() => element.remove(), SHOWN_MS);
}

function corner() {
  const existing = document.querySelector(".toasts");
  if (existing !== null) return existing;
  const made = el("div", { className: "toasts" });
  document.body.append(made);
  return made;
}
