/**
 * What a line chart draws, looked at in ways that the drawing needs. What was not measured is a gap.
 * @module
 */

/** @typedef {[x: number, y: number | null]} Point */
/** @typedef {{name: string, style: number, points: Point[]}} Series points in the order of x */
/** @typedef {import("./scale.js").Scale} Scale */

/**
 * The path through the points, interrupted where one is missing.
 * @param {Point[]} points
 * @param {Scale} x
 * @param {Scale} y
 */
export function linePath(points, x, y) {
  let pen = "M";
  let path = "";
  for (const [at, value] of points) {
    if (value === null) pen = "M";
    else {
      path += `${pen}${x.at(at).toFixed(1)} ${y.at(value).toFixed(1)}`;
      pen = "L";
    }
  }
  return path;
}

/**
 * The points that no line reaches, since nothing was measured beside them.
 * @param {Point[]} points
 */
export const alonePoints = (points) => points.filter(([, value], i) => value !== null && (points[i - 1]?.[1] ?? null) === null && (points[i + 1]?.[1] ?? null) === null);

/**
 * The points, each an average of those up to it in which older ones count less and less.
 * @param {Point[]} points
 * @param {number} weight of what came before, from 0 (nothing is changed) to below 1
 * @returns {Point[]}
 */
export function smooth(points, weight) {
  let [sum, share] = [0, 0];
  return points.map(([x, value]) => {
    if (value === null) return [x, null];
    sum = weight * sum + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return [x, sum / share];
  });
}

/**
 * Every x at which some line has a value, in order.
 * @param {Series[]} series
 */
export function xsOf(series) {
  const measured = series.flatMap(({ points }) => points.flatMap(([x, y]) => (y === null ? [] : [x])));
  return [...new Set(measured)].sort((a, b) => a - b);
}

/**
 * @param {Point[]} points
 * @param {number} x
 */
export const valueAt = (points, x) => points.find(([at]) => at === x)?.[1] ?? null;

/**
 * @param {number[]} xs at least one
 * @param {(x: number) => number} distance
 */
export const nearestX = (xs, distance) => xs.reduce((best, x) => (distance(x) < distance(best) ? x : best));
