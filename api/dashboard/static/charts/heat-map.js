/**
 * The probabilities of a cell's 14 edges × operations as a table whose cells are coloured.
 * @module
 */

import { EDGES, edgeName } from "../genotype/cell.js";
import { OPERATIONS, shortName } from "../genotype/operations.js";
import { h, show } from "../lib/dom.js";
import { softmax } from "./softmax.js";

/** @typedef {import("../service/types.js").DroppedOperation & {close: boolean}} DroppedOperation */

const SHADES = 9;
/** Times the probability that equals would have: the strongest colour, and what needs a digit more to differ. */
const EVEN_FACTOR = 3;
const UNDECIDED_FACTOR = 2;

/**
 * @typedef {object} HeatMap
 * @property {string} title
 * @property {number[][]} alphas
 * @property {string[][]} kept the operations that they belong to
 * @property {DroppedOperation[]} dropped struck out
 * @property {number} most the largest probability in all epochs of the stage
 */

/**
 * @param {HTMLElement} place
 * @param {HeatMap} map
 */
export function showHeatMap(place, { title, alphas, kept, dropped, most }) {
  const margins = new Map(dropped.map((one) => [`${one.edge} ${one.operation}`, one]));
  const digits = most < UNDECIDED_FACTOR / Math.max(...kept.map((names) => names.length)) ? 3 : 2;
  const rows = EDGES.map((edge, i) => {
    const names = kept[i] ?? [];
    const shares = new Map(softmax(alphas[i] ?? []).map((share, k) => [names[k], share]));
    return h("tr", {}, h("th", { scope: "row" }, edgeName(edge)), OPERATIONS.map((operation) => cell(shares.get(operation), margins.get(`${i} ${operation}`), strongest(most, names.length), digits)));
  });
  const head = h("tr", {}, h("th", { scope: "col" }, "Edge"), OPERATIONS.map((operation) => h("th", { scope: "col", title: operation }, shortName(operation))));
  show(place, h("table", { class: "heat-map" }, h("caption", {}, title), h("thead", {}, head), h("tbody", {}, rows)));
}

/**
 * What the colours and marks of the maps of a stage mean.
 * @param {HTMLElement} place
 * @param {{alive: number, most: number, hasDropped: boolean}} maps `alive`: operations on an edge; `hasDropped`: at the end of
 *   the stage that is shown
 */
export function showHeatLegend(place, { alive, most, hasDropped }) {
  const strong = strongest(most, alive);
  const mark = (/** @type {string} */ look, /** @type {string} */ words) => h("li", {}, h("span", { class: `heat-key ${look}`, "aria-hidden": "true" }), words);
  show(
    place,
    h("li", {}, "0", heatScale(), `${strong.toFixed(2)}${strong < 1 ? " or more" : ""}`),
    h("li", {}, `if all were equal: ${(1 / alive).toFixed(3)}`),
    alive < OPERATIONS.length && mark("gone", "dropped in an earlier stage"),
    hasDropped && mark("dropped", "dropped at the end of this stage, with how far it fell short"),
    hasDropped && mark("close-call", "dropped at the end of this stage, a close call"),
  );
}

/** All shades, from pale to strong. */
export const heatScale = () => h("span", { class: "heat-scale", role: "img", "aria-label": "from pale to strong" }, Array.from({ length: SHADES + 1 }, (_, shade) => h("span", { class: `heat-${shade}` })));

/**
 * The number of the shade for a share of what the strongest one stands for.
 * @param {number} share
 */
export const shadeOf = (share) => Math.min(SHADES, Math.round(share * SHADES));

/**
 * The probability with the strongest colour: well above that of equals, so that what is not decided stays pale.
 * @param {number} most the largest there is
 * @param {number} alive operations on the edge
 */
const strongest = (most, alive) => Math.max(most, EVEN_FACTOR / alive);

/**
 * @param {number | undefined} share undefined: dropped in an earlier stage
 * @param {DroppedOperation | undefined} dropped at the end of this stage
 * @param {number} most
 * @param {number} digits
 */
function cell(share, dropped, most, digits) {
  if (share === undefined) return h("td", { class: "gone" }, h("span", { class: "off-screen" }, "dropped earlier"));
  const shade = shadeOf(share / most);
  const number = share.toFixed(digits).replace(/^0/, "");
  if (!dropped) return h("td", { class: `heat-${shade}`, title: share.toFixed(4) }, number);
  return h("td", { class: `heat-${shade} dropped${dropped.close ? " close-call" : ""}`, title: `${share.toFixed(4)}, ${marginWords(dropped)}` }, h("s", {}, number), h("span", { class: "margin" }, shortMargin(dropped.margin)));
}

/** @param {DroppedOperation} dropped */
function marginWords({ margin }) {
  const size = Math.abs(margin).toFixed(4);
  if (margin < 0) return `dropped although it was more probable by ${size}: “none” is never chosen`;
  return `dropped: ${size} less probable than the weakest one kept`;
}

/** What it was short of, as a difference. @param {number} margin */
function shortMargin(margin) {
  if (Math.abs(margin) < 0.0005) return "±0";
  return `${margin > 0 ? "−" : "+"}${Math.abs(margin).toFixed(3).replace(/^0/, "")}`;
}
