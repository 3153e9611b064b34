/**
 * Who the reader is to the service, and what their key is good for.
 * @module
 */

import { getJson } from "./client.js";

/** @typedef {import("./types.js").Me} Me */

/** @type {Promise<Me> | null} */
let asked = null;
addEventListener("pdarts:key-changed", () => (asked = null));

/**
 * Ask once for each key.
 * @returns {Promise<Me>}
 */
export function whoAmI() {
  asked ??= getJson("me").catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}
