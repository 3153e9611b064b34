/**
 * Asks the service. Everything here is the public interface: what the page can do, curl can do.
 * @module
 */

import { serviceUrl } from "../lib/paths.js";
import { askForKey, currentKey, keyHeaders } from "./key.js";
import { Problem, unreachable } from "./problem.js";

/** @typedef {"GET" | "POST" | "PATCH" | "DELETE"} Method */

/** @type {Record<string, string>} */
const JSON_BODY = { "Content-Type": "application/json" };

/**
 * @typedef {object} Options
 * @property {Method} [method]
 * @property {unknown} [body] sent as JSON
 * @property {ArrayBuffer} [bytes] sent as they are, in place of a body
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 */

/**
 * Send a request; where a key is wanted, ask for it and send again.
 * @param {string} path below the service's base, with its parameters
 * @param {Options} [options]
 * @returns {Promise<Response>} with a status below 400
 * @throws {Problem} the service refused
 * @throws {Unreachable} it does not answer
 */
export async function send(path, { method = "GET", body, bytes, headers = {}, signal } = {}) {
  for (;;) {
    const key = currentKey();
    const init = {
      method,
      headers: { ...(body === undefined ? {} : JSON_BODY), ...headers, ...keyHeaders(key) },
      body: bytes ?? (body === undefined ? undefined : JSON.stringify(body)),
      cache: /** @type {RequestCache} */ ("no-store"),
      signal,
    };
    const response = await fetch(serviceUrl(path), init).catch(unreachable("The service is not responding."));
    if (response.status < 400) return response;
    const problem = await problemOf(response);
    if (response.status !== 401) throw problem;
    await askForKey(key);
  }
}

/**
 * @param {Response} response
 * @returns {Promise<any>} the JSON document
 * @throws {Unreachable} the connection broke inside it
 */
export function jsonOf(response) {
  return response.json().catch(unreachable("The connection to the service was lost."));
}

/**
 * @template {string} Path
 * @template {Method} [M="GET"]
 * @param {Path} path
 * @param {Options & {method?: M}} [options]
 * @returns {Promise<import("./answers.js").Answer<Path, M>>} the JSON document
 */
export async function getJson(path, options) {
  return jsonOf(await send(path, options));
}

/**
 * Read a list to its end, or to a number of entries.
 * @template {string} Path
 * @param {Path} path
 * @param {{signal?: AbortSignal, after?: string | number, limit?: number}} [options]
 * @returns {Promise<import("./answers.js").Entry<Path>[]>}
 */
export async function getAll(path, { signal, after, limit = 200 } = {}) {
  const entries = [];
  let cursor = after;
  for (;;) {
    const parameters = new URLSearchParams({ limit: String(limit) });
    if (cursor !== undefined) parameters.set("after", String(cursor));
    const page = await jsonOf(await send(`${path}?${parameters}`, { signal }));
    entries.push(...page.data);
    if (!page.next_cursor) return entries;
    cursor = page.next_cursor;
  }
}

/** @param {Response} response */
async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem(response.status, body);
}
