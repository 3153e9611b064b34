/**
 * Up to ten searches beside each other: curves, genotypes, agreement.
 * @module
 */

import { edgeTable, pairTable } from "../components/agreement-tables.js";
import { CellDrawing } from "../components/cell-drawing.js";
import { ComparedCurves } from "../components/compared-curves.js";
import { notice } from "../components/notice.js";
import { Page } from "../components/page.js";
import { signalBadge } from "../components/signal-note.js";
import { showStatus, statusBadge } from "../components/status-badge.js";
import { CELL_KINDS } from "../genotype/cell.js";
import { drawingWords } from "../genotype/words.js";
import { SEARCH } from "../jobs/kind.js";
import { MOST_COMPARED } from "../jobs/marked.js";
import { isActive } from "../jobs/status.js";
import { h, show } from "../lib/dom.js";
import { formatInterval, formatPercent } from "../lib/format.js";
import { jobPage, pageUrl } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { getJson } from "../service/client.js";
import { isAborted, isPassing } from "../service/problem.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Epoch} Epoch */
/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {{letter: string, style: number, search: Search, epochs: Epoch[], genotype: Genotype | undefined}} Compared */

const WHILE_ACTIVE = 10_000;

export class ComparePage extends Page {
  #state = "";
  #curves = h(ComparedCurves);

  start() {
    setTitle("Compare");
    const ids = [...new Set((this.address.parameters.get("ids") ?? "").split(",").filter(Boolean))].slice(0, MOST_COMPARED);
    if (ids.length === 0) show(this, h("h1", {}, "Compare"), h("p", { class: "empty" }, "Select two to ten searches in the ", h("a", { href: pageUrl(SEARCH.list) }, "list"), ", then press Compare."));
    else this.keepAsking((signal) => this.#ask(ids, signal));
  }

  /**
   * @param {string[]} ids
   * @param {AbortSignal} signal
   */
  async #ask(ids, signal) {
    const outcomes = await Promise.allSettled(ids.map((id, i) => read(id, i, signal)));
    const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    const passing = failures.find((error) => isAborted(error) || isPassing(error));
    if (passing) throw passing;
    const compared = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const state = JSON.stringify(compared.map(({ search, epochs, genotype }) => [search.id, search.status, epochs.length, genotype?.id]));
    if (state !== this.#state) this.#lay(compared, failures);
    this.#state = state;
    return compared.some(({ search }) => isActive(search.status)) ? WHILE_ACTIVE : null;
  }

  /**
   * @param {Compared[]} compared
   * @param {unknown[]} failures those that cannot be compared
   */
  #lay(compared, failures) {
    if (compared.length === 0) {
      show(this, h("h1", {}, "Compare"), failures.map(notice));
      return;
    }
    const derived = compared.flatMap(({ genotype, ...one }) => (genotype ? [{ ...one, genotype }] : []));
    show(
      this,
      h("h1", {}, "Compare"),
      failures.map(notice),
      h("div", { class: "card table-card" }, overview(compared)),
      this.#curves,
      derived.length > 0 && drawings(derived),
      derived.length > 1 && agreements(derived),
    );
    this.#curves.showSearches(compared);
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
  const columns = ["", "Search", "Status", "Progress", "Data set", "Seed", "Signal", "Accuracy", "Skips"];
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
      h("td", { class: "number", "data-label": "Accuracy" }, formatPercent(search.accuracy?.value), h("span", { class: "quiet sub" }, ` ${formatInterval(search.accuracy)}`)),
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
