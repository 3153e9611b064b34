/**
 * A search's status as a sign and a word.
 * @module
 */

import { h, setText } from "../lib/dom.js";

/** @typedef {import("../service/types.js").Status} Status */

const ACTIVE = new Set(["queued", "running", "pausing", "cancelling"]);
const FINAL = new Set(["succeeded", "failed", "cancelled"]);

/** @param {Status} status */
export const isActive = (status) => ACTIVE.has(status);

/** @param {Status} status */
export const isFinal = (status) => FINAL.has(status);

/** @returns {HTMLElement} */
export const statusBadge = () => h("span", { class: "badge" });

/**
 * @param {HTMLElement} badge
 * @param {Status} status
 */
export function showStatus(badge, status) {
  badge.dataset.status = status;
  setText(badge, status);
}
