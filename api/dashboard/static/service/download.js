/**
 * Files to download.
 * @module
 */

import { h } from "../lib/dom.js";
import { send } from "./client.js";

/**
 * Fetched, not linked: the service may want a key, which no address carries.
 * @param {string} path
 * @param {string} name of the file
 * @param {Record<string, string>} [headers]
 */
export async function download(path, name, headers = {}) {
  const response = await send(path, { headers });
  const url = URL.createObjectURL(await response.blob());
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
