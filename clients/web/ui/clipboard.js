/**
 * Copies text. On a plain http address (a friend's laptop in the same network) browsers hide the clipboard API, so there is the
 * old way, too.
 *
 * @param {string} text
 * @returns {Promise<boolean>} whether it worked
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "offscreen";
  document.body.append(area);
  area.select();
  let copied = false;
  try {
    copied = document.execCommand("copy");
  } catch {
    // Not allowed here: the caller shows the text to copy by hand.
  }
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
