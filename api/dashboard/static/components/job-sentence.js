/**
 * Where a job stands, in a sentence, in the states that are the same for all kinds.
 * @module
 */

import { formatMoment } from "../lib/format.js";

/**
 * @param {import("../jobs/kind.js").Kind<any>} kind
 * @param {import("../jobs/kind.js").Job} job
 * @param {{running: () => string, succeeded: () => string}} sentences those of the kind itself
 */
export function jobSentence(kind, job, { running, succeeded }) {
  switch (job.status) {
    case "queued":
      return job.attempt ? "Waiting for a worker to continue where it stopped." : "Waiting for a worker.";
    case "running":
      return running();
    case "pausing":
      return "Pausing: waiting for its checkpoint to be written.";
    case "paused":
      return `Paused ${kind.stopOf(job)}. When resumed, it continues from its last checkpoint.`;
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
