/**
 * How a cell is built: two inputs, four nodes, an edge to each node from every state before it.
 * @module
 */

/** @typedef {import("../service/types.js").CellKind} CellKind */
/** @typedef {{source: number, node: number}} Edge the state that it leaves, and the state that it reaches */

const INPUTS = 2;
const NODES = 4;
const ENTRIES_PER_NODE = 2;
/** Entries of a cell of a genotype. */
export const ENTRIES = NODES * ENTRIES_PER_NODE;
/** As many skip-connects in the normal cell are a collapse; the service's own bound. */
export const COLLAPSE = Number(document.body.dataset.collapse);

/** @type {Edge[]} The 14 edges of a cell. */
export const EDGES = Array.from({ length: NODES }, (_, i) => INPUTS + i).flatMap((node) => Array.from({ length: node }, (_, source) => ({ source, node })));

/** @type {readonly CellKind[]} */
export const CELL_KINDS = ["normal", "reduce"];
/** @type {Record<CellKind, string>} */
export const CELL_NAMES = { normal: "Normal cell", reduce: "Reduction cell" };

/** Inputs by letter, nodes counted from 0, as the drawings have them. @param {number} state */
export const stateName = (state) => (state === 0 ? "c₋₂" : state === 1 ? "c₋₁" : String(state - INPUTS));

/** @param {Edge} edge */
export const edgeName = ({ source, node }) => `${stateName(source)} → ${stateName(node)}`;

/**
 * The node that an entry of a genotype's cell leads to.
 * @param {number} place of the entry
 */
export const nodeOf = (place) => INPUTS + Math.floor(place / ENTRIES_PER_NODE);
