/**
 * Where a job stands, in a sentence, in the states that are the same for all kinds.
 * @module
 */

import { estimatedTime, expectedRange } from "../jobs/estimate.js";
import { BEFORE } from "../jobs/kind.js";
import { formatDuration, formatMoment } from "../lib/format.js";

/**
 * @param {import("../jobs/kind.js").Kind<any>} kind
 * @param {import("../jobs/kind.js").Job} job
 * @param {{running: () => string, succeeded: () => string}} sentences those of the kind itself
 */
export function jobSentence(kind, job, { running, succeeded }) {
  switch (job.status) {
    case "queued":
      return job.attempt ? "Waiting for a worker. It continues from its last checkpoint, or starts again if it has none." : `Waiting for a worker.${expectation(kind, job)}`;
    case "running":
      return running();
    case "pausing":
      return "Pausing: waiting for its checkpoint to be written.";
    case "paused":
      return `Paused ${kind.stopOf(job)}. When resumed, it ${kind.stopOf(job) === BEFORE ? "starts from the beginning" : "continues from its last checkpoint"}.`;
    case "cancelling":
      return "Cancelling: this takes a few seconds.";
    case "cancelled":
      return `Cancelled ${kind.stopOf(job)}, ${formatMoment(job.finished_at)}.`;
    case "succeeded":
      return succeeded();
    case "failed":
      return `Failed ${kind.stopOf(job)}, ${formatMoment(job.finished_at)}.`;
  }
}

/**
 * @param {import("../jobs/kind.js").Kind<any>} kind
 * @param {import("../jobs/kind.js").Job} job
 */
function expectation(kind, { estimate }) {
  const expected = estimatedTime(estimate, kind);
  return expected === null ? "" : ` It is expected to take ${expected}.`;
}

/**
 * How long a finished job took, beside what was expected of it.
 * @param {import("../jobs/kind.js").Job} job
 */
export function tookWords({ estimate, running_seconds }) {
  if (running_seconds === null) return "";
  const range = expectedRange(estimate);
  return ` after ${formatDuration(running_seconds)}${range === null ? "" : ` (expected: ${range})`}`;
}
