/**
 * What matters most of a job, in a few figures.
 * @module
 */

import { h, reconcile, setText } from "../lib/dom.js";

/** @typedef {{name: string, value: string, words: string, mood?: "good" | "warn"}} Figure */

export class KeyFigures extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Key figures");
  }

  /** @param {Figure[]} figures the same ones each time, by their names */
  showFigures(figures) {
    reconcile(this, figures, ({ name }) => name, tile, update);
  }
}

/** @param {Figure} figure */
const tile = ({ name }) => h("div", { class: "figure" }, h("span", { class: "figure-name" }, name), h("span", { class: "figure-value" }), h("span", { class: "quiet sub" }));

/**
 * @param {HTMLElement} tile
 * @param {Figure} figure
 */
function update(tile, { value, words, mood }) {
  const [, number, note] = tile.children;
  if (number) setText(number, value);
  if (note) setText(note, words);
  tile.dataset.mood = mood ?? "";
}

customElements.define("key-figures", KeyFigures);
