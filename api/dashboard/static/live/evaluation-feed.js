/**
 * Follows one evaluation, with its epochs, and its final figures.
 * @module
 */

import { EVALUATION } from "../jobs/kind.js";
import { getJson } from "../service/client.js";
import { JobFeed } from "./job-feed.js";

/** @typedef {import("../service/types.js").JobEvent} JobEvent */

/** After these, epochs that were reported may be gone. */
const REWRITING = ["attempt_started", "checkpoint_rejected", "batch_halved", "training_started"];

/** @extends {JobFeed<import("../service/types.js").Evaluation>} */
export class EvaluationFeed extends JobFeed {
  /** @type {import("../service/types.js").EvaluationEpoch[]} */
  epochs = [];
  /** All its final figures; null until then.
   * @type {import("../service/types.js").WholeResult | null} */
  result = null;
  /** @type {`evaluations/${string}`} */
  #path;

  /** @param {string} id */
  constructor(id) {
    const path = /** @type {const} */ (`${EVALUATION.path}/${encodeURIComponent(id)}`);
    super(path);
    this.#path = /** @type {`evaluations/${string}`} */ (path);
  }

  /**
   * @override
   * @param {JobEvent[]} events
   * @param {AbortSignal} signal
   */
  async readChanges(events, signal) {
    const types = new Set(events.map((event) => event.type));
    const isRewritten = REWRITING.some((type) => types.has(type));
    await Promise.all([
      (isRewritten || types.has("epoch_finished")) && this.#readEpochs(isRewritten ? 0 : (this.epochs.at(-1)?.epoch ?? 0), signal),
      types.has("succeeded") && this.#readResult(signal),
    ]);
  }

  /**
   * @param {number} after the epoch up to which all are known
   * @param {AbortSignal} signal
   */
  async #readEpochs(after, signal) {
    const { data } = await getJson(`${this.#path}/epochs?after=${after}`, { signal });
    this.epochs = [...this.epochs.filter(({ epoch }) => epoch <= after), ...data];
  }

  /** @param {AbortSignal} signal */
  async #readResult(signal) {
    this.result = await getJson(`${this.#path}/result`, { signal });
  }
}
