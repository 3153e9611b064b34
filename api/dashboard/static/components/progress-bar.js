/**
 * How far a job, or anything else, is, as a bar.
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
  bar.dataset.status = job.status;
  fillProgress(bar, job.progress.fraction, `Progress of ${kind.nameOf(job)}`);
}

/**
 * @param {HTMLElement} bar
 * @param {number} fraction
 * @param {string} words what it is the progress of
 */
export function fillProgress(bar, fraction, words) {
  bar.setAttribute("aria-valuenow", String(Math.round(fraction * 100)));
  bar.setAttribute("aria-label", words);
  part(bar, "div").style.width = `${fraction * 100}%`;
}
