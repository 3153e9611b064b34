/**
 * How far a job is, as a bar.
 * @module
 */

import { h, part } from "../lib/dom.js";

/** @typedef {import("../jobs/kind.js").Kind<any>} Kind */
/** @typedef {import("../jobs/kind.js").Job} Job */

/** @returns {HTMLElement} */
export const progressBar = () => h("div", { class: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" }, h("div", { class: "progress-done" }));

/**
 * @param {HTMLElement} bar
 * @param {Kind} kind
 * @param {Job} job
 */
export function showProgress(bar, kind, job) {
  const percent = Math.round(job.progress.fraction * 100);
  bar.setAttribute("aria-valuenow", String(percent));
  bar.setAttribute("aria-label", `Progress of ${kind.nameOf(job)}`);
  bar.dataset.status = job.status;
  part(bar, "div").style.width = `${job.progress.fraction * 100}%`;
}
