/**
 * A job's status as a sign and a word.
 * @module
 */

import { h, setText } from "../lib/dom.js";

/** @returns {HTMLElement} */
export const statusBadge = () => h("span", { class: "badge" });

/**
 * @param {HTMLElement} badge
 * @param {import("../service/types.js").Status} status
 */
export function showStatus(badge, status) {
  badge.dataset.status = status;
  setText(badge, status);
}
