/**
 * Ways to take a genotype along: copied, or as files.
 * @module
 */

import { h } from "../lib/dom.js";
import { send } from "../service/client.js";
import { copyButton } from "./copy-button.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */

/**
 * @param {string} path of the search
 * @param {number} limit skip limit
 * @param {Genotype} genotype
 * @returns {HTMLElement}
 */
export function takeAlong(path, limit, genotype) {
  const file = (/** @type {string} */ format) =>
    h("button", { type: "button", onclick: () => download(`${path}/genotype?max_skip_connects=${limit}&format=${format}`, `${genotype.id}.${format}`) }, `Download ${format.toUpperCase()}`);
  return h(
    "div",
    { class: "row" },
    copyButton("Copy JSON", () => JSON.stringify(genotype, null, 2)),
    copyButton("Copy Python", () => genotype.python),
    file("svg"),
    file("dot"),
  );
}

/**
 * Fetched, not linked: the service may want a key, which no address carries.
 * @param {string} path
 * @param {string} name of the file
 */
async function download(path, name) {
  const response = await send(path);
  const url = URL.createObjectURL(await response.blob());
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
