/**
 * The candidate operations, and what they are called where there is little room.
 * @module
 */

/** In the paper's order; the document that loads this script names them. */
export const OPERATIONS = (document.body.dataset.operations ?? "").split(" ");

/** The kind, and the size of the kernel where there is one: `sep_conv_3x3` is `sep 3`. @param {string} operation */
export const shortName = (operation) => {
  const [kind = operation, size] = operation.match(/^[a-z]+|\d(?=x)/g) ?? [];
  return size === undefined ? kind : `${kind} ${size}`;
};
