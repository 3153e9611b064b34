/**
 * A sentence on what went wrong.
 * @module
 */

import { h } from "../lib/dom.js";

/**
 * @param {unknown} error
 * @returns {HTMLElement}
 */
export function notice(error) {
  const sentence = error instanceof Error ? error.message : String(error);
  return h("p", { class: "notice", role: "alert" }, sentence);
}
