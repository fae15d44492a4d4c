import { playerPart, valueText } from "../room/event_text.js";
import { el, fill, setText } from "../ui/dom.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("../sdk/messages.js").Field} Field
 */

/**
 * Puts a value of a row into its cell.
 *
 * @param {HTMLElement} cell
 * @param {unknown} value
 * @param {Field} field
 * @param {Room} room
 */
export function showValue(cell, value, field, room) {
  const [name, type, limits] = field;
  // What scripts and tests read: the value as it came, not as it looks.
  cell.dataset.value = String(value);
  if (type === "bool") {
    cell.classList.toggle("on", value === true);
    fill(
      cell,
      el(
        "span",
        { className: "mark", "aria-label": value === true ? "yes" : "no" },
        value === true ? "✓" : "·",
      ),
    );
  } else if (runsWithTime(field)) {
    setText(cell, deadlineText(Number(value), room));
  } else if (limits?.format === "player" || name === "player" || name.endsWith("_player")) {
    setText(cell, playerPart(value, (player) => room.nameOf(player)).text);
  } else {
    setText(cell, valueText(value));
  }
}

/**
 * @param {Field} field
 * @returns {boolean} whether its text changes though its value doesn't
 */
export function runsWithTime([name, type, limits]) {
  // A row's schema says no more than the type, so a deadline is known by how its name ends.
  return limits?.format === "tick" || (type === "u32" && /(^|_)(deadline|until)$/.test(name));
}

/**
 * @param {number} tick
 * @param {Room} room
 */
function deadlineText(tick, room) {
  if (tick === 0) return "–";
  const left_s = (tick - room.state.tick) / room.tickRate_hz;
  return left_s > 0 ? `in ${left_s < 10 ? left_s.toFixed(1) : Math.ceil(left_s)} s` : "past";
}
