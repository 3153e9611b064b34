/**
 * What a data set is, in words.
 * @module
 */

import { formatCount, formatNumberOf } from "../lib/format.js";

/** @typedef {import("../service/types.js").Dataset} Dataset */
/** @typedef {import("../service/types.js").DatasetDetails} DatasetDetails */
/** @typedef {import("../service/types.js").Finding} Finding */

/** @type {Record<Dataset["kind"], string>} */
export const ORIGINS = { builtin: "built in", folder: "folder on the server", sent: "sent by you" };

/** The least and the most that a spec's image_size may be. */
const SIDES = { least: 8, suggested: 64 };

/** @param {{height: number, width: number} | null} size */
export const sizeWords = (size) => (size ? `${size.height} × ${size.width}` : "–");

/** @param {number | null | undefined} count */
export const countWords = (count) => (count === null || count === undefined ? "–" : formatCount(count));

/**
 * How many errors and warnings there are: "2 errors, 1 warning".
 * @param {Finding[]} findings
 */
function levelsOf(findings) {
  const levels = /** @type {const} */ (["error", "warning"]);
  return levels
    .map((level) => ({ level, number: findings.filter((finding) => finding.level === level).length }))
    .filter(({ number }) => number > 0)
    .map(({ level, number }) => formatNumberOf(number, level))
    .join(" and ");
}

/** What its state means, and what can be done. @param {DatasetDetails} dataset */
export function stateSentence({ available, check, findings, kind, sizes, state }) {
  if (kind === "builtin") return available ? "Built in and ready to use." : "Built in. It is downloaded when a job first uses it.";
  const levels = levelsOf(findings);
  if (state === "checking") {
    const before = sizes ? " Below is what the last check found." : "";
    return (check?.status === "queued" ? "Waiting for a worker to check its images." : "A worker is checking its images.") + before;
  }
  if (check?.error && check.is_current) {
    const failed = `Its check failed: ${check.error.message.replace(/\.$/, "")}`;
    return state === "unchecked" ? `${failed}.` : `${failed}. The previous check found ${levels || "nothing wrong"}.`;
  }
  if (state === "invalid") return `It cannot be used as it is: the check found ${levels}.`;
  if (state === "ready") return levels ? `It can be used, but the check found ${levels}.` : "Ready to use: the check found nothing wrong.";
  return check ? "Its files have changed since the last check: a new check begins when you next submit a job that uses it." : "Not checked yet: a check begins when you first submit a job that uses it.";
}

/**
 * The image_size to begin with where images differ in size: that of the smallest, if that is not large.
 * @param {DatasetDetails["sizes"]} sizes
 * @returns {number | null} null where none is needed
 */
export function suggestedSide(sizes) {
  if (!sizes || sizes.equal) return null;
  const smallest = Math.min(sizes.least_height, sizes.least_width);
  return Math.min(Math.max(smallest, SIDES.least), SIDES.suggested);
}

/** How many files of an archive were left out. @param {DatasetDetails["left_out"]} leftOut */
export const leftOutWords = (leftOut) =>
  Object.entries(leftOut)
    .map(([suffix, count]) => `${formatCount(count)} ${suffix ? `× ${suffix}` : "without a suffix"}`)
    .join(", ");
