/**
 * Sends what may be large in parts (tus 1.0): after a broken connection it goes on where it stopped.
 * @module
 */

import { pauseAfter, sleep } from "../live/waiting.js";
import { forgetBegun, keepBegun, readBegun } from "./begun.js";
import { getJson, send } from "./client.js";
import { isAborted, isPassing, Problem } from "./problem.js";

/** @typedef {import("../datasets/chosen.js").Source} Source */

const LEAST_PART = 2 ** 20;
const LARGEST_PART = 2 ** 24;
const QUICK_MILLISECONDS = 2_000;
const SLOW_MILLISECONDS = 8_000;
/** After these, too, the service tells where to go on. */
const PASSING = new Set(["upload_offset_wrong", "upload_locked", "client_left", "request_in_flight"]);

/** Tells one request from others, however often it is sent. */
export const requestKey = () => ({ "Idempotency-Key": [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join("-") });

/**
 * Try until it is done, or refused for good.
 * @template T
 * @param {AbortSignal} signal
 * @param {() => Promise<T>} act
 * @param {(trouble: string) => void} tell called with why it is tried again; empty where it works again
 * @returns {Promise<T>}
 */
export async function untilDone(signal, act, tell) {
  for (let failures = 1; ; failures++) {
    try {
      const done = await act();
      tell("");
      return done;
    } catch (error) {
      if (isAborted(error) || !(isPassing(error) || (error instanceof Problem && PASSING.has(error.code)))) throw error;
      tell(`${/** @type {Error} */ (error).message} Trying again…`);
      await sleep(pauseAfter(failures), signal);
      signal.throwIfAborted();
    }
  }
}

export class Upload {
  #source;
  #id = "";

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
  }

  /**
   * Send all of it, or what is left.
   * @param {AbortSignal} signal
   * @param {(bytes: number) => void} onProgress called with how much has come
   * @param {(trouble: string) => void} onTrouble see untilDone
   * @returns {Promise<string>} the upload's id
   */
  async send(signal, onProgress, onTrouble) {
    this.#id ||= (await this.#begun(signal, onTrouble)) || (await this.#begin(signal, onTrouble));
    keepBegun({ file: this.#source.file, id: this.#id, mark: this.#source.mark });
    const path = /** @type {const} */ (`uploads/${this.#id}`);
    let part = LEAST_PART;
    let { offset } = await untilDone(signal, () => getJson(path, { signal }), onTrouble);
    onProgress(offset);
    while (offset < this.#source.size) {
      const began = performance.now();
      let tried = false;
      offset = await untilDone(signal, async () => {
        // A part that failed may have come, all or in part.
        const from = tried ? (await getJson(path, { signal })).offset : offset;
        tried = true;
        return from < this.#source.size ? this.#sendPart(path, from, part, signal) : from;
      }, onTrouble);
      onProgress(offset);
      part = nextSize(part, performance.now() - began);
    }
    return this.#id;
  }

  /** Delete what has come, if anything; what cannot be deleted now expires. */
  async remove() {
    const id = this.#id;
    this.#id = "";
    forgetBegun();
    if (id) await send(`uploads/${id}`, { method: "DELETE" }).catch(() => {});
  }

  /**
   * What an earlier page began to send and did not end, if it is this very source, and has not expired.
   * @param {AbortSignal} signal
   * @param {(trouble: string) => void} onTrouble
   * @returns {Promise<string>} its id, or nothing
   */
  async #begun(signal, onTrouble) {
    const begun = readBegun();
    if (begun?.mark !== this.#source.mark) return "";
    try {
      const { bytes } = await untilDone(signal, () => getJson(`uploads/${begun.id}`, { signal }), onTrouble);
      return bytes === this.#source.size ? begun.id : "";
    } catch (error) {
      if (error instanceof Problem) return "";
      throw error;
    }
  }

  /**
   * @param {AbortSignal} signal
   * @param {(trouble: string) => void} onTrouble
   */
  async #begin(signal, onTrouble) {
    const name = btoa(String.fromCharCode(...new TextEncoder().encode(this.#source.file)));
    const headers = { "Upload-Length": String(this.#source.size), "Upload-Metadata": `filename ${name}`, ...requestKey() };
    return (await untilDone(signal, () => getJson("uploads", { method: "POST", headers, signal }), onTrouble)).id;
  }

  /**
   * @param {string} path
   * @param {number} offset
   * @param {number} size
   * @param {AbortSignal} signal
   * @returns {Promise<number>} how much has come
   */
  async #sendPart(path, offset, size, signal) {
    const end = Math.min(offset + size, this.#source.size);
    const bytes = await this.#source.slice(offset, end).arrayBuffer().catch(() => {
      throw new Error("A file was changed, or can no longer be read. Choose it again.");
    });
    if (bytes.byteLength !== end - offset) throw new Error("A file was changed while it was being sent. Choose it again.");
    const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) };
    await send(path, { method: "PATCH", bytes, headers, signal });
    return end;
  }
}

/**
 * Parts take a few seconds each.
 * @param {number} size
 * @param {number} milliseconds that the last one took
 */
function nextSize(size, milliseconds) {
  if (milliseconds < QUICK_MILLISECONDS) return Math.min(2 * size, LARGEST_PART);
  return milliseconds > SLOW_MILLISECONDS ? Math.max(size / 2, LEAST_PART) : size;
}
