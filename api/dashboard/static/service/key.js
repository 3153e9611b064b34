/**
 * The API key, where the service wants one: kept in this tab's session, sent in a header, never in an address.
 * @module
 */

const NAME = "pdarts.key";

/** @returns {Record<string, string>} */
export function keyHeaders() {
  const key = sessionStorage.getItem(NAME);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** @type {Promise<void> | null} */
let asking = null;

/**
 * Ask the reader for a key, once however many requests want one.
 * @returns {Promise<void>} fulfilled when there is one to try
 */
export function askForKey() {
  const wasGiven = sessionStorage.getItem(NAME) !== null;
  asking ??= new Promise((give) => {
    const accept = (/** @type {string} */ key) => {
      sessionStorage.setItem(NAME, key);
      asking = null;
      give();
    };
    dispatchEvent(new CustomEvent("pdarts:key-wanted", { detail: { accept, wasGiven } }));
  });
  return asking;
}
