/**
 * One genotype: ways to copy and download it, its size, a form that trains it, both cells drawn and as tables.
 * @module
 */

import { CELL_KINDS, CELL_NAMES } from "../genotype/cell.js";
import { changesFrom } from "../genotype/difference.js";
import { drawingWords } from "../genotype/words.js";
import { h, show } from "../lib/dom.js";
import { CellDrawing } from "./cell-drawing.js";
import { entryTable } from "./entry-table.js";
import { genotypeDownloads } from "./genotype-downloads.js";
import { NetworkSize } from "./network-size.js";
import { TrainForm } from "./train-form.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */

export class GenotypeView extends HTMLElement {
  #tools = h("div");
  #size = h(NetworkSize);
  #train = h(TrainForm);
  #cells = CELL_KINDS.map((kind) => ({ kind, drawing: h(CellDrawing), entries: h("div") }));

  connectedCallback() {
    const drawn = this.#cells.map(({ kind, drawing, entries }) => h("section", { class: "card", "aria-label": CELL_NAMES[kind] }, h("div", { class: "drawn-cell" }, drawing, entries)));
    this.replaceChildren(h("section", { class: "card genotype-tools", "aria-label": "Copy, download, size" }, this.#tools, this.#size), h("section", { class: "card train-it", "aria-label": "Train it" }, this.#train), h("div", { class: "cells" }, drawn));
  }

  /** @param {string | null} id of the evaluation whose settings are filled in */
  set like(id) {
    this.#train.like = id;
  }

  /**
   * @param {Genotype} genotype
   * @param {Genotype} [other] what differs from it is marked
   */
  showGenotype(genotype, other = genotype) {
    show(this.#tools, genotypeDownloads(genotype));
    this.#size.genotype = genotype;
    this.#train.genotype = genotype;
    for (const { kind, drawing, entries } of this.#cells) {
      drawing.draw(`genotypes/${genotype.id}?format=svg&cell=${kind}`, drawingWords(kind, genotype));
      show(entries, entryTable(kind, genotype.genotype, { weights: genotype.edge_weights?.[kind] ?? null, changes: changesFrom(genotype.genotype[kind], other.genotype[kind]) }));
    }
  }
}

customElements.define("genotype-view", GenotypeView);
