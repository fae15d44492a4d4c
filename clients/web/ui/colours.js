/** Neighbouring ids get hues far apart, and no two of the first dozens the same. */
const GOLDEN_ANGLE = 137.508;

/**
 * @param {number} player
 * @returns {string} a CSS colour, readable on the dark background
 */
export function playerColour(player) {
  const hue = (player * GOLDEN_ANGLE + 20) % 360;
  // Blues look darker than they are.
  const lightness = hue > 220 && hue < 290 ? 72 : 62;
  return `hsl(${hue.toFixed(0)} 82% ${lightness}%)`;
}

const TABLE_COLOURS = ["#ffd166", "#8ecae6", "#f4978e", "#b8f2a0", "#cdb4ff", "#ffb877"];

/** @param {number} index of the table in the schema */
export function tableColour(index) {
  return TABLE_COLOURS[index % TABLE_COLOURS.length] ?? "#ffd166";
}

/**
 * @param {string} text
 * @returns {number} a hue that always is the same for this text
 */
export function hueOf(text) {
  let hash = 2166136261; // FNV-1a, and a last stir, since names that differ in one letter should look different.
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519);
  return ((hash ^ (hash >>> 13)) >>> 0) % 360;
}
