/**
 * The API key, where the service wants one: kept in this tab's session, sent in a header, never in an address.
 * @module
 */

import { keptByTab } from "../lib/kept.js";
import { forgetBegun } from "./begun.js";

const NAME = "pdarts.key";

/** The key of this tab; null while it has none. */
export const currentKey = () => keptByTab.get(NAME);

/**
 * @param {string | null} key
 * @returns {Record<string, string>}
 */
export const keyHeaders = (key) => (key ? { Authorization: `Bearer ${key}` } : {});

/** @type {Promise<void> | null} */
let asking = null;

/**
 * Ask the reader for a key, once however many requests want one.
 * @param {string | null} used the key that was refused; null where none was sent
 * @returns {Promise<void>} fulfilled when there is another one to try
 */
export function askForKey(used) {
  // An answer to an older key comes late: the newer one is to be tried first.
  if (asking === null && currentKey() !== used) return Promise.resolve();
  asking ??= new Promise((give) => {
    const accept = (/** @type {string} */ key) => {
      keptByTab.set(NAME, key);
      asking = null;
      give();
      dispatchEvent(new Event("pdarts:key-changed"));
    };
    dispatchEvent(new CustomEvent("pdarts:key-wanted", { detail: { accept, wasRefused: used !== null } }));
  });
  return asking;
}

/** Forget the key, all that was read with it, what was half typed, and the name of a file half sent. */
export function signOut() {
  forgetBegun();
  keptByTab.clear();
  location.reload();
}
