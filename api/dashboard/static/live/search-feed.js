/**
 * Follows one search, with its epochs, stages, newest alphas and genotypes.
 * @module
 */

import { SEARCH } from "../jobs/kind.js";
import { getJson } from "../service/client.js";
import { JobFeed } from "./job-feed.js";

/** @typedef {import("../service/types.js").JobEvent} JobEvent */
/** @typedef {import("../service/types.js").EpochAlphas} EpochAlphas */

/** After these, epochs and stages that were reported may be gone. */
const REWRITING = ["attempt_started", "checkpoint_rejected", "batch_halved", "stage_started"];
const EPOCH_NEWS = ["epoch_finished", ...REWRITING];
const STAGE_NEWS = ["operations_pruned", ...REWRITING];

/** @extends {JobFeed<import("../service/types.js").Search>} */
export class SearchFeed extends JobFeed {
  /** @type {import("../service/types.js").Epoch[]} */
  epochs = [];
  /** @type {import("../service/types.js").Stage[]} */
  stages = [];
  /** @type {import("../service/types.js").Genotype[]} */
  genotypes = [];
  /** The alphas of the newest epoch.
   * @type {EpochAlphas | null} */
  newestAlphas = null;

  /** @param {string} id */
  constructor(id) {
    const path = /** @type {`searches/${string}`} */ (`${SEARCH.path}/${encodeURIComponent(id)}`);
    super(path);
    this.path = path;
  }

  /**
   * @override
   * @param {JobEvent[]} events
   * @param {AbortSignal} signal
   */
  async readChanges(events, signal) {
    const types = new Set(events.map((event) => event.type));
    await Promise.all([
      EPOCH_NEWS.some((type) => types.has(type)) && this.#readEpochs(events, signal),
      STAGE_NEWS.some((type) => types.has(type)) && this.#readStages(signal),
      types.has("genotypes_derived") && this.#readGenotypes(signal),
    ]);
  }

  /**
   * Read the epochs of the stage that has new ones, or all where some may be gone; then the alphas of the newest.
   * @param {JobEvent[]} events
   * @param {AbortSignal} signal
   */
  async #readEpochs(events, signal) {
    const stages = new Set(events.filter(({ type }) => type === "epoch_finished").map(({ data }) => Number(data.stage)));
    const isRewritten = events.some(({ type }) => REWRITING.includes(type));
    const [stage] = stages;
    if (isRewritten || stages.size > 1 || stage === undefined) {
      this.epochs = (await getJson(`${this.path}/epochs`, { signal })).data;
    } else {
      const { data } = await getJson(`${this.path}/epochs?stage=${stage}`, { signal });
      this.epochs = [...this.epochs.filter((epoch) => epoch.stage < stage), ...data];
    }
    this.newestAlphas = await this.#readNewestAlphas(signal);
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<EpochAlphas | null>} null where no epoch is over
   */
  async #readNewestAlphas(signal) {
    const newest = this.epochs.at(-1);
    if (!newest) return null;
    const { data } = await getJson(`${this.path}/alphas?stage=${newest.stage}&epoch=${newest.epoch}`, { signal });
    return data[0] ?? null;
  }

  /** @param {AbortSignal} signal */
  async #readStages(signal) {
    this.stages = (await getJson(`${this.path}/stages`, { signal })).data;
  }

  /** @param {AbortSignal} signal */
  async #readGenotypes(signal) {
    this.genotypes = (await getJson(`${this.path}/genotypes`, { signal })).data;
  }
}
