/**
 * From values to places on an axis, and the round values that stand beside it.
 * @module
 */

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} at the place of a value
 * @property {number[]} ticks
 */

/**
 * @param {number} least
 * @param {number} most
 * @param {number} start place of the least value
 * @param {number} end place of the largest
 * @param {number} [wanted] about so many ticks
 * @returns {Scale}
 */
export function linearScale(least, most, start, end, wanted = 4) {
  const span = most - least || 1;
  const at = (/** @type {number} */ value) => start + ((value - least) / span) * (end - start);
  return { at, ticks: roundTicks(least, least + span, wanted) };
}

/**
 * A little more room than the values take, ending at round numbers.
 * @param {number[]} values at least one
 * @param {[number, number]} [bounds] not passed
 * @returns {[number, number]}
 */
export function roundRange(values, [lowest, highest] = [-Infinity, Infinity]) {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const step = stepOf(most - least || Math.abs(most) || 1, 4);
  return [Math.max(lowest, Math.floor(least / step) * step), Math.min(highest, Math.ceil(most / step) * step || step)];
}

/**
 * @param {number} least
 * @param {number} most
 * @param {number} wanted
 */
function roundTicks(least, most, wanted) {
  const step = stepOf(most - least, wanted);
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(most / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/**
 * @param {number} span
 * @param {number} wanted
 */
function stepOf(span, wanted) {
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((one) => one * power >= rough - 1e-12) ?? 10;
  return factor * power;
}
