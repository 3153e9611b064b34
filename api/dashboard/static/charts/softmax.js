/**
 * From alphas to the probabilities of an edge's operations.
 * @module
 */

/** @param {number[]} alphas of the operations alive on an edge */
export function softmax(alphas) {
  const highest = Math.max(...alphas);
  const powers = alphas.map((alpha) => Math.exp(alpha - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
