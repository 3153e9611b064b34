/**
 * One search in the list.
 * @module
 */

import { h, setText } from "../lib/dom.js";
import { formatAge, formatDuration, formatMoment, formatPercent, secondsBetween, secondsUntil } from "../lib/format.js";
import { searchPage } from "../lib/paths.js";
import { nameOf, placeOf, progressBar, showProgress } from "./progress-bar.js";
import { showStatus, statusBadge } from "./status-badge.js";

/** @typedef {import("../service/types.js").Search} Search */

export const COLUMNS = [
  { name: "Compare", class: "cell-choose" },
  { name: "Search" },
  { name: "Status" },
  { name: "Progress" },
  { name: "Best accuracy", class: "number" },
  { name: "Skips", class: "number" },
  { name: "Worker" },
  { name: "Submitted" },
];

/**
 * Make a row; `updateSearchRow` fills it.
 * @param {Search} search
 * @param {(id: string, wanted: boolean) => void} onChoose told when it is marked for comparing
 * @returns {HTMLElement}
 */
export function searchRow(search, onChoose) {
  const choose = (/** @type {Event} */ event) => onChoose(search.id, /** @type {HTMLInputElement} */ (event.target).checked);
  return h(
    "tr",
    {},
    h("td", { class: "cell-choose" }, h("input", { type: "checkbox", onchange: choose })),
    h("th", { scope: "row" }, h("a", { href: searchPage(search.id), class: "search-name" }), h("span", { class: "quiet sub" })),
    h("td", { class: "cell-status" }, statusBadge()),
    h("td", { class: "cell-progress" }, progressBar(), h("span", { class: "sub" })),
    h("td", { class: "number", "data-label": "Accuracy" }),
    h("td", { class: "number", "data-label": "Skips" }),
    h("td", { class: "quiet", "data-label": "Worker" }),
    h("td", { class: "quiet", "data-label": "Submitted" }),
  );
}

/**
 * @param {HTMLElement} row
 * @param {Search} search
 * @param {{chosen: boolean, worker: string}} around what else is known of it
 */
export function updateSearchRow(row, search, { chosen, worker }) {
  const [choose, head, status, progress, accuracy, skips, runner, age] = /** @type {HTMLElement[]} */ ([...row.children]);
  const box = /** @type {HTMLInputElement} */ (choose.firstElementChild);
  box.checked = chosen;
  box.setAttribute("aria-label", `Compare ${nameOf(search)}`);
  const link = /** @type {HTMLElement} */ (head.firstElementChild);
  setText(link, nameOf(search));
  link.title = nameOf(search);
  setText(/** @type {Element} */ (head.lastElementChild), `${search.spec.dataset} · ${search.spec.preset}`);
  showStatus(/** @type {HTMLElement} */ (status.firstElementChild), search.status);
  showProgress(/** @type {HTMLElement} */ (progress.firstElementChild), search);
  setText(/** @type {Element} */ (progress.lastElementChild), placeAndEnd(search));
  setText(accuracy, formatPercent(search.best_accuracy));
  setText(skips, search.skip_connects === null ? "–" : String(search.skip_connects));
  setText(runner, worker);
  setText(age, formatAge(search.created_at));
  age.title = formatMoment(search.created_at);
}

/** @param {Search} search */
function placeAndEnd(search) {
  const { error, finished_at, progress, started_at, status } = search;
  const place = placeOf(search);
  if (status === "succeeded" && started_at && finished_at) return `took ${formatDuration(secondsBetween(started_at, finished_at))}`;
  if (status === "failed" && error) return `${error.code.replaceAll("_", " ")} · ${place}`;
  return status === "running" && progress.eta ? `${place} · ${formatDuration(secondsUntil(progress.eta))} left` : place;
}
