/**
 * Ways to take a genotype along: copied, or as files.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { download } from "../service/download.js";
import { copyButton } from "./copy-button.js";
import { notice } from "./notice.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */

/**
 * @param {Genotype} genotype
 * @returns {HTMLElement}
 */
export function genotypeDownloads(genotype) {
  const trouble = h("div");
  const file = (/** @type {string} */ format) => {
    const take = () => download(`genotypes/${genotype.id}?format=${format}`, `${genotype.id}.${format}`).then(() => show(trouble), (error) => show(trouble, notice(error)));
    return h("button", { type: "button", onclick: take }, `Download ${format.toUpperCase()}`);
  };
  return h(
    "div",
    { class: "row" },
    copyButton("Copy JSON", () => JSON.stringify(genotype, null, 2)),
    copyButton("Copy Python", () => genotype.python),
    file("svg"),
    file("dot"),
    trouble,
  );
}
