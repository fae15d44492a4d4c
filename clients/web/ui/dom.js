/**
 * @typedef {Node|string|null|undefined|false} Child
 * @typedef {Record<string, unknown>} Props `on…` are listeners, `data-…`, `aria-…` and `role` attributes, the rest properties
 */

/**
 * Makes an element. Strings become text nodes, never markup, so that nothing from the wire can be more than text.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {any} */ (value));
    else if (name.includes("-") || name === "role" || name === "for")
      element.setAttribute(name, String(value));
    else Reflect.set(element, name, value);
  }
  element.append(...present(children));
  return element;
}

/**
 * Replaces all that an element contains.
 *
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

/**
 * @param {Child[]} children
 * @returns {(Node|string)[]}
 */
function present(children) {
  return /** @type {(Node|string)[]} */ (
    children.filter((child) => child !== null && child !== undefined && child !== false)
  );
}

/**
 * Sets text only if it differs: an unchanged text node costs no layout, and keeps a selection.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {EventTarget|null} target
 * @returns {boolean} whether keys pressed there are meant for it, not for the game
 */
export function takesKeys(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}
