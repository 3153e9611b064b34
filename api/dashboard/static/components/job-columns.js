/**
 * The columns that lists of jobs of any kind have.
 * @module
 */

import { h, part, setText } from "../lib/dom.js";
import { formatAge, formatDuration, formatMoment, secondsUntil } from "../lib/format.js";
import { jobPage } from "../lib/paths.js";
import { progressBar, showProgress } from "./progress-bar.js";
import { showStatus, statusBadge } from "./status-badge.js";

/** @typedef {import("../jobs/kind.js").Kind<any>} Kind */
/** @typedef {import("../jobs/kind.js").Job} Job */
/** @typedef {import("./live-table.js").Column<Job>} Column */

/**
 * @param {Kind} kind
 * @param {string} name
 * @returns {Column}
 */
export const nameColumn = (kind, name) => ({
  name,
  isHead: true,
  create: ({ id }) => [h("a", { href: jobPage(kind, id), class: "search-name" }), h("span", { class: "quiet sub" })],
  update: (cell, job) => {
    const link = part(cell, "a");
    setText(link, kind.nameOf(job));
    link.title = kind.nameOf(job);
    setText(part(cell, "span"), `${job.spec.dataset} · ${job.spec.preset}`);
  },
});

/** @type {Column} */
export const statusColumn = {
  name: "Status",
  cellClass: "cell-status",
  label: false,
  create: () => [statusBadge()],
  update: (cell, { status }) => showStatus(part(cell, "span"), status),
};

/**
 * @param {Kind} kind
 * @returns {Column}
 */
export const progressColumn = (kind) => ({
  name: "Progress",
  cellClass: "cell-progress",
  label: false,
  create: () => [progressBar(), h("span", { class: "sub" })],
  update: (cell, job) => {
    showProgress(part(cell, "div"), kind, job);
    setText(part(cell, "span"), placeAndEnd(kind, job));
  },
});

/**
 * @param {(id: string) => string} workerName
 * @returns {Column}
 */
export const workerColumn = (workerName) => ({
  name: "Worker",
  cellClass: "quiet",
  update: (cell, { worker }) => setText(cell, worker === null ? "–" : workerName(worker)),
});

/** @type {Column} */
export const submittedColumn = {
  name: "Submitted",
  cellClass: "quiet",
  update: (cell, { created_at }) => {
    setText(cell, formatAge(created_at));
    cell.title = formatMoment(created_at);
  },
};

/**
 * @param {Kind} kind
 * @param {Job} job
 */
function placeAndEnd(kind, job) {
  const { error, progress, running_seconds, status } = job;
  const place = kind.placeOf(job);
  if (status === "succeeded" && running_seconds !== null) return `took ${formatDuration(running_seconds)}`;
  if (status === "failed" && error) return `${error.code.replaceAll("_", " ")} · ${place}`;
  return status === "running" && progress.eta ? `${place} · ${formatDuration(secondsUntil(progress.eta))} left` : place;
}
