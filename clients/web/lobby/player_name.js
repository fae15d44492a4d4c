const KEY = "gameserver.name";
export const LONGEST_NAME = 24;

const FIRST =
  "Brave Calm Clever Cosmic Daring Dapper Eager Fuzzy Gentle Happy Jolly Lucky Mighty Nimble Quick Quiet Rapid Sly Sunny Swift Witty Zesty";
const SECOND =
  "Badger Beaver Cricket Dolphin Falcon Ferret Fox Gecko Heron Ibex Koala Lemur Lynx Marten Moth Otter Panda Puffin Raven Robin Seal Tapir Wombat Yak";

/** @returns {string|null} the name used last time; null if there is none */
export function rememberedName() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    // Storage can be switched off: then every visit is the first.
    return null;
  }
}

/** @param {string} name */
export function rememberName(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // As above.
  }
}

/**
 * @param {() => number} random in [0, 1)
 * @returns {string} a pleasant name for someone who didn't choose one
 */
export function randomName(random = Math.random) {
  const pick = (/** @type {string} */ words) => {
    const list = words.split(" ");
    return list[Math.floor(random() * list.length)];
  };
  return `${pick(FIRST)} ${pick(SECOND)}`;
}
