/**
 * Up to ten searches beside each other: curves, genotypes, agreement.
 * @module
 */

import { edgeTable, pairTable } from "../components/agreement-tables.js";
import { CellDrawing } from "../components/cell-drawing.js";
import { CompareJobsPage } from "../components/compare-jobs-page.js";
import { ComparedCurves } from "../components/compared-curves.js";
import { signalBadge } from "../components/signal-note.js";
import { showStatus, statusBadge } from "../components/status-badge.js";
import { countWords } from "../datasets/words.js";
import { CELL_KINDS } from "../genotype/cell.js";
import { drawingWords } from "../genotype/words.js";
import { SEARCH } from "../jobs/kind.js";
import { h } from "../lib/dom.js";
import { formatInterval, formatPercent } from "../lib/format.js";
import { jobPage } from "../lib/paths.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Epoch} Epoch */
/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {{letter: string, style: number, search: Search, epochs: Epoch[], genotype: Genotype | undefined}} Compared */

/** @extends {CompareJobsPage<Search, Compared>} */
export class ComparePage extends CompareJobsPage {
  #curves = h(ComparedCurves);

  constructor() {
    super(SEARCH, "Compare searches");
  }

  /**
   * @param {string} id
   * @param {number} place
   * @param {AbortSignal} signal
   */
  read(id, place, signal) {
    return read(id, place, signal);
  }

  /** @param {Compared} compared */
  jobOf({ search }) {
    return search;
  }

  /** @param {Compared} compared */
  markOf({ genotype }) {
    return genotype?.id;
  }

  /** @param {Compared[]} compared */
  partsOf(compared) {
    const derived = compared.flatMap(({ genotype, ...one }) => (genotype ? [{ ...one, genotype }] : []));
    this.#curves.showSearches(compared);
    return [h("div", { class: "card table-card" }, overview(compared)), this.#curves, derived.length > 0 && drawings(derived), derived.length > 1 && agreements(derived)];
  }
}

/**
 * @param {string} id
 * @param {number} place
 * @param {AbortSignal} signal
 * @returns {Promise<Compared>}
 */
async function read(id, place, signal) {
  const path = /** @type {const} */ (`searches/${encodeURIComponent(id)}`);
  const [search, epochs, genotypes] = await Promise.all([
    getJson(path, { signal }),
    getJson(`${path}/epochs`, { signal }),
    getJson(`${path}/genotypes`, { signal }),
  ]);
  const genotype = genotypes.data.find(({ recommended }) => recommended);
  return { letter: String.fromCharCode(65 + place), style: place, search, epochs: epochs.data, genotype };
}

/** @param {Compared[]} compared */
function overview(compared) {
  const columns = ["", "Search", "Status", "Progress", "Data set", "Seed", "Signal", "Accuracy on the second half", "Images", "Chance", "Skips"];
  const rows = compared.map(({ letter, style, search }) => {
    const badge = statusBadge();
    showStatus(badge, search.status);
    return h(
      "tr",
      {},
      h("td", {}, h("span", { class: `swatch line-${style}`, "aria-hidden": "true" }), letter),
      h("th", { scope: "row" }, h("a", { href: jobPage(SEARCH, search.id) }, SEARCH.nameOf(search))),
      h("td", {}, badge),
      h("td", { "data-label": "Progress" }, SEARCH.placeOf(search)),
      h("td", { "data-label": "Data set" }, search.spec.dataset),
      h("td", { class: "number", "data-label": "Seed" }, search.spec.seed),
      h("td", { "data-label": "Signal" }, search.signal ? signalBadge(search.signal, search.signal.verdict) : "–"),
      h("td", { class: "number", "data-label": "Accuracy on the second half" }, formatPercent(search.accuracy?.value), h("span", { class: "quiet sub" }, ` ${formatInterval(search.accuracy)}`)),
      h("td", { class: "number", "data-label": "Images" }, countWords(search.accuracy?.images)),
      h("td", { class: "number", "data-label": "Chance" }, formatPercent(search.accuracy?.chance)),
      h("td", { class: "number", "data-label": "Skip-connects" }, search.skip_connects ?? "–"),
    );
  });
  const head = h("tr", {}, columns.map((name) => (name ? h("th", { scope: "col" }, name) : h("td", {}))));
  return h("table", { class: "stacked" }, h("caption", { class: "off-screen" }, "Compared searches"), h("thead", {}, head), h("tbody", {}, rows));
}

/** @param {(Compared & {genotype: Genotype})[]} derived */
function drawings(derived) {
  const rows = derived.map(({ letter, search, genotype }) => {
    const cells = CELL_KINDS.map((kind) => {
      const drawing = h(CellDrawing);
      drawing.draw(`searches/${search.id}/genotype?format=svg&cell=${kind}`, drawingWords(kind, genotype));
      return drawing;
    });
    return h("div", {}, h("h3", {}, `${letter} · ${SEARCH.nameOf(search)}`), search.signal && signalBadge(search.signal), h("div", { class: "cells" }, cells));
  });
  return h("section", { class: "card" }, h("h2", {}, "Genotypes"), rows);
}

/** @param {(Compared & {genotype: Genotype})[]} derived */
function agreements(derived) {
  const tables = CELL_KINDS.flatMap((kind) => [pairTable(kind, derived), edgeTable(kind, derived)]);
  const scrolling = tables.map((table) => h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": table.caption?.textContent }, table));
  return h("section", { class: "card agreements" }, h("h2", {}, "Agreement"), h("div", { class: "pair" }, scrolling));
}

customElements.define("compare-page", ComparePage);
