/**
 * The classes of a data set: how many images each has, and some of them as a network will see them.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { formatCount } from "../lib/format.js";
import { send } from "../service/client.js";
import { isAborted } from "../service/problem.js";
import { notice } from "./notice.js";

/** @typedef {import("../service/types.js").DatasetDetails} DatasetDetails */
/** @typedef {import("../service/types.js").ClassCount} ClassCount */

/** Of one image on the sheet, in pixels; each class is a row. */
const CELL = 64;
/** As many classes has the sheet; more are shown when asked for. */
const ROWS = 100;

export class ClassSamples extends HTMLElement {
  #left = new AbortController();
  #url = "";
  #asked = "";
  #trouble = h("div");
  /** @type {HTMLImageElement[]} */
  #pictures = [];

  disconnectedCallback() {
    this.#left.abort();
    URL.revokeObjectURL(this.#url);
    this.#url = this.#asked = "";
  }

  /** @param {DatasetDetails} dataset */
  showDataset(dataset) {
    const { check, class_counts: counts, sizes, state } = dataset;
    this.hidden = counts === null;
    if (counts === null) return;
    // While the images are checked again, those of the check before are shown.
    const hasSheet = sizes !== null;
    this.#pictures = hasSheet ? counts.slice(0, ROWS).map(({ name }, row) => picture(name, row)) : [];
    const rows = counts.map((count, row) => tableRow(count, hasSheet ? (this.#pictures[row] ?? "–") : null));
    const body = h("tbody", {}, rows.slice(0, ROWS));
    const more = counts.length > ROWS && h("button", { type: "button", onclick: showAll }, `Show all ${formatCount(counts.length)} classes`);
    function showAll() {
      body.append(...rows.slice(ROWS));
      if (more) more.remove();
    }
    const heads = [h("th", { scope: "col" }, "Class"), h("th", { scope: "col", class: "number" }, "Train"), h("th", { scope: "col", class: "number" }, "Test"), hasSheet && h("th", { scope: "col" }, "Sample training images")];
    const table = h("table", { class: "class-samples" }, h("thead", {}, h("tr", {}, heads)), body);
    show(this, h("section", { class: "card", "aria-labelledby": "classes" }, h("h2", { id: "classes" }, "Classes"), this.#trouble, h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Images of each class" }, table), more));
    if (hasSheet) this.#read(`datasets/${encodeURIComponent(dataset.name)}/samples`, `${check?.id} ${state}`);
  }

  /**
   * Show the sheet: one file, of which each class shows its row.
   * @param {string} path
   * @param {string} version what the sheet changes with
   */
  async #read(path, version) {
    if (this.#asked === version && this.#url) return this.#fill();
    this.#asked = version;
    this.#left.abort();
    const { signal } = (this.#left = new AbortController());
    try {
      const sheet = await (await send(path, { signal })).blob();
      if (signal.aborted) return;
      URL.revokeObjectURL(this.#url);
      this.#url = URL.createObjectURL(sheet);
      show(this.#trouble);
      this.#fill();
    } catch (error) {
      if (!isAborted(error)) show(this.#trouble, notice(error));
    }
  }

  #fill() {
    for (const image of this.#pictures) image.src = this.#url;
  }
}

/**
 * @param {ClassCount} count
 * @param {HTMLElement | string | null} shown null: there are no pictures
 */
const tableRow = ({ name, test, train }, shown) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "number" }, formatCount(train)), h("td", { class: "number" }, formatCount(test)), shown !== null && h("td", {}, shown));

/**
 * A window on one row of the sheet.
 * @param {string} name of the class
 * @param {number} row
 */
function picture(name, row) {
  const image = h("img", { alt: `Some images of ${name}`, height: CELL, width: 8 * CELL });
  image.style.objectPosition = `0 -${row * CELL}px`;
  return image;
}

customElements.define("class-samples", ClassSamples);
