/**
 * Follows one search for a whole page: one stream of its events, told to all who listen.
 *
 * The newest events say what has to be read again. How far an epoch is makes no event; that is
 * asked for now and then, with the ETag that is known.
 * @module
 */

import { isFinal } from "../components/status-badge.js";
import { getAll, getJson, jsonOf, send } from "../service/client.js";
import { eventStream } from "./event-stream.js";
import { freshness } from "./freshness.js";
import { sleep } from "./rest.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").SearchEvent} SearchEvent */

const BETWEEN_CONNECTIONS = 500;
const BETWEEN_LOOKS = 5_000;
/** With these, epochs and stages that were told of may be gone. */
const REWRITING = ["attempt_started", "checkpoint_rejected", "batch_halved", "stage_started"];
const EPOCH_NEWS = ["epoch_finished", ...REWRITING];
const STAGE_NEWS = ["operations_pruned", ...REWRITING];

export class SearchFeed {
  /** @type {Search | null} */
  search = null;
  /** @type {SearchEvent[]} */
  events = [];
  /** @type {import("../service/types.js").Epoch[]} */
  epochs = [];
  /** @type {import("../service/types.js").Stage[]} */
  stages = [];
  /** @type {import("../service/types.js").Genotype[]} */
  genotypes = [];
  /** The alphas of the newest epoch.
   * @type {import("../service/types.js").EpochAlphas | null} */
  newestAlphas = null;
  /** @type {string | null} */
  #tag = null;

  /** @param {string} id */
  constructor(id) {
    this.path = `searches/${encodeURIComponent(id)}`;
  }

  /**
   * Read what was missed, then follow the stream until it breaks off. For keepTrying.
   * @param {AbortSignal} signal
   * @param {() => void} onNews
   * @returns {Promise<number | null>} milliseconds to the next try; null when the search has ended
   */
  async ask(signal, onNews) {
    await this.#take(await getAll(`${this.path}/events`, { signal, after: this.#lastSeq, limit: 1000 }), signal);
    onNews();
    if (!this.#hasEnded) {
      const connection = new AbortController();
      const both = AbortSignal.any([signal, connection.signal]);
      try {
        await Promise.race([this.#followStream(both, onNews), this.#watchProgress(both, onNews)]);
      } finally {
        connection.abort();
      }
    }
    return this.#hasEnded ? null : BETWEEN_CONNECTIONS;
  }

  get #lastSeq() {
    return this.events.at(-1)?.seq ?? 0;
  }

  get #hasEnded() {
    return this.search !== null && isFinal(this.search.status);
  }

  /**
   * @param {AbortSignal} signal
   * @param {() => void} onNews
   */
  async #followStream(signal, onNews) {
    for await (const messages of eventStream(`${this.path}/events/stream`, { lastId: this.#lastSeq, signal })) {
      freshness.set("live");
      const events = messages.filter(({ name }) => name === "message").map(({ data }) => JSON.parse(data));
      if (messages.length === 0) continue;
      await this.#take(events, signal);
      onNews();
    }
  }

  /**
   * @param {AbortSignal} signal
   * @param {() => void} onNews
   */
  async #watchProgress(signal, onNews) {
    while (!signal.aborted) {
      await sleep(BETWEEN_LOOKS, signal);
      if (this.search?.status === "running" && (await this.#readSearch(signal))) onNews();
    }
  }

  /**
   * Take in new events and read what they say has changed.
   * @param {SearchEvent[]} events
   * @param {AbortSignal} signal
   */
  async #take(events, signal) {
    const types = new Set(events.map((event) => event.type));
    await Promise.all([
      this.#readSearch(signal),
      EPOCH_NEWS.some((type) => types.has(type)) && this.#readEpochs(events, signal),
      STAGE_NEWS.some((type) => types.has(type)) && this.#read("stages", signal),
      types.has("genotypes_derived") && this.#read("genotypes", signal),
    ]);
    // Last: if anything above failed, the same events are asked for again.
    this.events.push(...events);
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether it has changed
   */
  async #readSearch(signal) {
    const response = await send(this.path, { headers: this.#tag === null ? {} : { "If-None-Match": this.#tag }, signal });
    if (response.status === 304) return false;
    this.search = await jsonOf(response);
    this.#tag = response.headers.get("ETag");
    return true;
  }

  /**
   * Read the epochs of the stage that has new ones, or all where some may be gone; then the alphas of the newest.
   * @param {SearchEvent[]} events
   * @param {AbortSignal} signal
   */
  async #readEpochs(events, signal) {
    const stages = new Set(events.filter(({ type }) => type === "epoch_finished").map(({ data }) => data.stage));
    const isRewritten = events.some(({ type }) => REWRITING.includes(type));
    if (isRewritten || stages.size > 1) await this.#read("epochs", signal);
    else {
      const [stage] = stages;
      const { data } = await getJson(`${this.path}/epochs?stage=${stage}`, { signal });
      this.epochs = [...this.epochs.filter((epoch) => epoch.stage < stage), ...data];
    }
    this.newestAlphas = await this.#readNewestAlphas(signal);
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<import("../service/types.js").EpochAlphas | null>} null where no epoch is over
   */
  async #readNewestAlphas(signal) {
    const newest = this.epochs.at(-1);
    if (!newest) return null;
    const { data } = await getJson(`${this.path}/alphas?stage=${newest.stage}&epoch=${newest.epoch}`, { signal });
    return data[0] ?? null;
  }

  /**
   * @param {"epochs" | "stages" | "genotypes"} what
   * @param {AbortSignal} signal
   */
  async #read(what, signal) {
    this[what] = (await getJson(`${this.path}/${what}`, { signal })).data;
  }
}
