/**
 * One genotype: ways to take it along, its size, both cells drawn and as tables.
 * @module
 */

import { changesFrom } from "../genotype/choose.js";
import { CELL_NAMES, drawingWords } from "../genotype/words.js";
import { h, show } from "../lib/dom.js";
import "./cell-drawing.js";
import { entryTable } from "./entry-table.js";
import "./network-size.js";
import { takeAlong } from "./take-along.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */

const KINDS = /** @type {const} */ (["normal", "reduce"]);

class GenotypeView extends HTMLElement {
  #tools = h("div");
  #size = /** @type {any} */ (h("network-size"));
  #cells = KINDS.map((kind) => ({ kind, drawing: /** @type {any} */ (h("cell-drawing")), entries: h("div") }));

  connectedCallback() {
    const drawn = this.#cells.map(({ kind, drawing, entries }) => h("section", { class: "card", "aria-label": CELL_NAMES[kind] }, h("div", { class: "drawn-cell" }, drawing, entries)));
    this.replaceChildren(h("section", { class: "card genotype-tools", "aria-label": "Take it along" }, this.#tools, this.#size), h("div", { class: "cells" }, drawn));
  }

  /**
   * @param {Genotype} genotype
   * @param {Genotype} [other] what differs from it is marked
   */
  showGenotype(genotype, other = genotype) {
    show(this.#tools, takeAlong(genotype));
    this.#size.genotype = genotype;
    for (const { kind, drawing, entries } of this.#cells) {
      drawing.draw(`genotypes/${genotype.id}?format=svg&cell=${kind}`, drawingWords(kind, genotype));
      show(entries, entryTable(kind, genotype.genotype, { weights: genotype.edge_weights?.[kind] ?? null, changes: changesFrom(genotype.genotype[kind], other.genotype[kind]) }));
    }
  }
}

customElements.define("genotype-view", GenotypeView);
