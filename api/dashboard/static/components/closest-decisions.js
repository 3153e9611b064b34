/**
 * The operations that a pruning dropped by the smallest margins: where another seed might decide otherwise.
 * @module
 */

import { edgeName, isCloseCall } from "../charts/heat-map.js";
import { CELL_NAMES } from "../genotype/words.js";
import { h } from "../lib/dom.js";

/** @typedef {import("../service/types.js").Stage} Stage */

const MOST_SHOWN = 5;

/**
 * @param {Stage} stage
 * @returns {HTMLElement}
 */
export function closestDecisions(stage) {
  const dropped = /** @type {const} */ (["normal", "reduce"]).flatMap((kind) => stage[kind].dropped.map((one) => ({ kind, ...one })));
  const chosen = dropped.filter(({ margin }) => margin >= 0).sort((a, b) => a.margin - b.margin);
  const closeCalls = chosen.filter(isCloseCall).length;
  const rows = chosen.slice(0, MOST_SHOWN).map((one) =>
    h(
      "tr",
      {},
      h("td", {}, CELL_NAMES[one.kind]),
      h("th", { scope: "row" }, edgeName(one)),
      h("td", {}, one.operation),
      h("td", { class: "number" }, one.probability.toFixed(4)),
      h("td", { class: "number" }, one.margin.toFixed(4)),
      h("td", {}, isCloseCall(one) && h("span", { class: "badge", "data-status": "close" }, "close call")),
    ),
  );
  const columns = [["Cell"], ["Edge"], ["Dropped"], ["Probability", "number"], ["Short by", "number"]];
  const head = h("tr", {}, columns.map(([name, look]) => h("th", { scope: "col", class: look }, name)), h("td", {}));
  return h(
    "details",
    { class: "closest" },
    h("summary", {}, `Closest decisions of stage ${stage.stage}: ${closeCalls || "no"} close call${closeCalls === 1 ? "" : "s"} among ${dropped.length} dropped`),
    h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Closest decisions" }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows))),
  );
}
