/**
 * The operations that a pruning dropped by the smallest margins: where another seed might decide otherwise.
 * @module
 */

import { CELL_KINDS, CELL_NAMES, edgeName } from "../genotype/cell.js";
import { h } from "../lib/dom.js";
import { formatCount, formatNumberOf } from "../lib/format.js";

/** @typedef {import("../service/types.js").Stage} Stage */

const MOST_SHOWN = 5;

/**
 * What a pruning dropped from a cell, and whether it was a close call.
 * @param {Stage} stage
 * @param {import("../service/types.js").CellKind} kind
 * @param {number} threshold the largest margin of a close call
 */
export function droppedFrom(stage, kind, threshold) {
  const { dropped, kept_after } = stage[kind];
  return dropped.map((one) => {
    // The last stage drops “none” however probable it is: nothing was chosen.
    const chosen = one.operation !== "none" || (kept_after?.[one.edge]?.length ?? 0) > 1;
    return { ...one, chosen, close: chosen && one.margin <= threshold };
  });
}

/**
 * @param {Stage} stage
 * @param {number} threshold the largest margin of a close call
 * @returns {HTMLElement}
 */
export function closestDecisions(stage, threshold) {
  const dropped = CELL_KINDS.flatMap((kind) => droppedFrom(stage, kind, threshold).map((one) => ({ kind, ...one })));
  const chosen = dropped.filter(({ chosen }) => chosen).sort((a, b) => a.margin - b.margin);
  const closeCalls = chosen.filter(({ close }) => close).length;
  const isMeasured = chosen.some(({ decided }) => decided !== null);
  const surer = isMeasured ? `; ${formatCount(chosen.filter(({ decided }) => decided).length)} of all ${formatCount(chosen.length)} stand out from chance (in simulated pure noise, up to 7% look so)` : "";
  const rows = chosen.slice(0, MOST_SHOWN).map((one) =>
    h(
      "tr",
      {},
      h("td", {}, CELL_NAMES[one.kind]),
      h("th", { scope: "row" }, edgeName(one)),
      h("td", {}, one.operation),
      h("td", { class: "number" }, one.probability.toFixed(4)),
      h("td", { class: "number" }, one.margin.toFixed(4)),
      isMeasured && h("td", {}, one.decided ? "yes" : "no"),
      h("td", {}, one.close && h("span", { class: "badge", "data-status": "close" }, "close call")),
    ),
  );
  const columns = [["Cell"], ["Edge"], ["Dropped"], ["Probability", "number"], ["Short by", "number"], ...(isMeasured ? [["Stands out from chance"]] : [])];
  const head = h("tr", {}, columns.map(([name, look]) => h("th", { scope: "col", class: look }, name)), h("td", {}));
  return h(
    "details",
    { class: "closest" },
    h("summary", {}, `Closest decisions in stage ${stage.stage}: ${formatCount(closeCalls)} of ${formatNumberOf(chosen.length, "dropped operation")} fell short by at most ${threshold} (close calls)${surer}`),
    h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Closest decisions" }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows))),
  );
}
