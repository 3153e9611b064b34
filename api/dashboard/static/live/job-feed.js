/**
 * Follows one job for a whole page: one stream of its events, passed on to all listeners.
 *
 * The newest events say what has to be read again. How far it is makes no event; that is asked for
 * now and then, with the ETag that is known.
 * @module
 */

import { isFinal } from "../jobs/status.js";
import { getAll, jsonOf, send } from "../service/client.js";
import { eventStream } from "./event-stream.js";
import { freshness } from "./freshness.js";
import { sleep } from "./waiting.js";

/** @typedef {import("../jobs/kind.js").Job} Job */
/** @typedef {import("../service/types.js").JobEvent} JobEvent */

const BETWEEN_CONNECTIONS = 500;
const BETWEEN_LOOKS = 5_000;

/**
 * @template {Job} J
 */
export class JobFeed {
  /** @type {J | null} */
  job = null;
  /** @type {JobEvent[]} */
  events = [];
  /** @type {string | null} */
  #tag = null;

  /**
   * @param {string} path of the job
   */
  constructor(path) {
    this.path = path;
  }

  /**
   * Read what was missed, then follow the stream until it breaks off. For keepTrying.
   * @param {AbortSignal} signal
   * @param {() => void} onNews
   * @returns {Promise<number | null>} milliseconds to the next try; null when the job has ended
   */
  async ask(signal, onNews) {
    await this.#take(await getAll(/** @type {`searches/${string}/events`} */ (`${this.path}/events`), { signal, after: this.#lastSeq, limit: 1000 }), signal);
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

  /**
   * Read what events say has changed, beside the job itself; for a kind to say.
   * @param {JobEvent[]} _events
   * @param {AbortSignal} _signal
   * @returns {Promise<void>}
   */
  async readChanges(_events, _signal) {}

  get #lastSeq() {
    return this.events.at(-1)?.seq ?? 0;
  }

  get #hasEnded() {
    return this.job !== null && isFinal(this.job.status);
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
      if (this.job?.status === "running" && (await this.#readJob(signal))) onNews();
    }
  }

  /**
   * Take in new events and read what they say has changed.
   * @param {JobEvent[]} events
   * @param {AbortSignal} signal
   */
  async #take(events, signal) {
    await Promise.all([this.#readJob(signal), this.readChanges(events, signal)]);
    // Last: if anything above failed, the same events are asked for again.
    this.events.push(...events);
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether it has changed
   */
  async #readJob(signal) {
    const response = await send(this.path, { headers: this.#tag === null ? {} : { "If-None-Match": this.#tag }, signal });
    if (response.status === 304) return false;
    this.job = await jsonOf(response);
    this.#tag = response.headers.get("ETag");
    return true;
  }
}
