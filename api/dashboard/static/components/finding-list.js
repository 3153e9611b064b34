/**
 * What the check of a data set found, errors first, with the files and what to do about it.
 * @module
 */

import { h } from "../lib/dom.js";
import { formatCount } from "../lib/format.js";

/** @typedef {import("../service/types.js").DatasetDetails} DatasetDetails */
/** @typedef {import("../service/types.js").Finding} Finding */

/** So many are shown without a click. */
const FEW = 3;
/** @type {Record<Finding["level"], string>} */
const LEVELS = { error: "Error", warning: "Warning", info: "Note" };

/**
 * @param {DatasetDetails} dataset
 * @returns {HTMLElement | null} null where nothing was found
 */
export function findingList({ findings }) {
  if (findings.length === 0) return null;
  return h("section", { class: "card", "aria-labelledby": "findings" }, h("h2", { id: "findings" }, "What the check found"), h("ul", { class: "findings" }, findings.map(item)));
}

/** @param {Finding} finding */
function item({ advice, count, files, level, message }) {
  return h(
    "li",
    { "data-level": level },
    h("span", { class: "badge", "data-status": level }, LEVELS[level]),
    h("div", {}, h("p", {}, h("strong", {}, message)), advice && h("p", {}, sentence(advice)), which(files, count)),
  );
}

/**
 * @param {string[]} files
 * @param {number} count of all, named or not
 */
function which(files, count) {
  if (files.length === 0) return null;
  const list = h("ul", { class: "finding-files" }, files.map((file) => h("li", {}, h("code", {}, file))));
  if (files.length <= FEW) return list;
  const words = count > files.length ? `Show the first ${formatCount(files.length)} of ${formatCount(count)}` : `Show all ${formatCount(files.length)}`;
  return h("details", {}, h("summary", {}, words), list);
}

/** The service's advice begins without a capital letter and ends without a full stop. @param {string} words */
const sentence = (words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
