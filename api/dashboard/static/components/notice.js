/**
 * A sentence on what went wrong.
 * @module
 */

import { h, show } from "../lib/dom.js";

/**
 * @param {unknown} error
 * @returns {HTMLElement}
 */
export function notice(error) {
  const sentence = error instanceof Error ? error.message : String(error);
  return h("p", { class: "notice", role: "alert" }, sentence);
}

/**
 * Do something, and show where it says what went wrong.
 * @param {HTMLElement} trouble emptied where nothing did
 * @param {() => Promise<unknown>} act
 * @returns {Promise<boolean>} whether it was done
 */
export async function attempt(trouble, act) {
  try {
    await act();
    show(trouble);
    return true;
  } catch (error) {
    show(trouble, notice(error));
    return false;
  }
}
