/**
 * How far a search is, as a bar.
 * @module
 */

import { h } from "../lib/dom.js";

/** @typedef {import("../service/types.js").Search} Search */

/** @returns {HTMLElement} */
export function progressBar() {
  const bar = h("div", { class: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
  bar.append(h("div", { class: "progress-done" }));
  return bar;
}

/**
 * @param {HTMLElement} bar
 * @param {Search} search
 */
export function showProgress(bar, search) {
  const percent = Math.round(search.progress.fraction * 100);
  bar.setAttribute("aria-valuenow", String(percent));
  bar.setAttribute("aria-label", `Progress of ${nameOf(search)}`);
  bar.dataset.status = search.status;
  /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${search.progress.fraction * 100}%`;
}

/** @param {Search} search */
export const nameOf = (search) => search.spec.name ?? `${search.spec.dataset}, seed ${search.spec.seed}`;

/** @type {Partial<Record<import("../service/types.js").Status, string>>} */
const NOT_BEGUN = { queued: "waits for a worker", running: "a worker prepares it" };

/** @param {Search} search */
export function placeOf({ progress, status }) {
  if (progress.stage === null) return NOT_BEGUN[status] ?? "before its first epoch";
  return `stage ${progress.stage}/${progress.stages} · epoch ${progress.epoch}/${progress.epochs}`;
}
