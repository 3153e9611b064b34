/**
 * The candidate operations, and what they are called where there is little room. Their order is the paper's.
 * @module
 */

/** @type {Record<string, string>} */
const SHORT_NAMES = {
  none: "none",
  max_pool_3x3: "max 3",
  avg_pool_3x3: "avg 3",
  skip_connect: "skip",
  sep_conv_3x3: "sep 3",
  sep_conv_5x5: "sep 5",
  dil_conv_3x3: "dil 3",
  dil_conv_5x5: "dil 5",
};

export const OPERATIONS = Object.keys(SHORT_NAMES);

/** @param {string} operation */
export const shortName = (operation) => SHORT_NAMES[operation] ?? operation;
