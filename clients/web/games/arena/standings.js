/**
 * @typedef {{ points: number, kills: number, deaths: number }} Score
 * @typedef {{ player: number, rank: number, points: number, kills: number, deaths: number }} Standing
 */

/**
 * In the order of the podium: most points, then fewest deaths, then who came first.
 *
 * @param {ReadonlyMap<number, Score>} fighters by player
 * @returns {Standing[]}
 */
export function standings(fighters) {
  return [...fighters]
    .map(([player, { points, kills, deaths }]) => ({ player, rank: 0, points, kills, deaths }))
    .sort((a, b) => b.points - a.points || a.deaths - b.deaths || a.player - b.player)
    .map((standing, index) => ({ ...standing, rank: index + 1 }));
}

/**
 * @param {Standing[]} all
 * @param {number} count
 * @param {number|null} own
 * @returns {Standing[]} the first few, and oneself wherever that is
 */
export function firstAndOwn(all, count, own) {
  const first = all.slice(0, count);
  const mine = all.find(({ player }) => player === own);
  return mine === undefined || first.includes(mine) ? first : [...first, mine];
}

/**
 * @param {number} seconds
 * @returns {string} like 2:05
 */
export function clockText(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
