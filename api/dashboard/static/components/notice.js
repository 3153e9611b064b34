/**
 * A sentence on what went wrong.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { Problem } from "../service/problem.js";

/** @typedef {import("../service/problem.js").BadField} BadField */

/**
 * @param {unknown} error
 * @returns {HTMLElement}
 */
export function notice(error) {
  const sentence = error instanceof Error ? error.message : String(error);
  return h("p", { class: "notice", role: "alert" }, sentence);
}

/**
 * What the service finds wrong with each field; nothing if something else went wrong.
 * @param {unknown} error
 */
export const faultsOf = (error) => (error instanceof Problem ? error.errors : []);

/**
 * @param {BadField} fault
 * @returns {HTMLElement}
 */
export function faultNotice({ pointer, parameter, detail }) {
  const field = (pointer ?? parameter ?? "").replace(/^\//, "");
  return notice(field ? `${field}: ${detail}` : detail);
}

/**
 * A sentence for each field that is wrong, or one for all.
 * @param {unknown} error
 */
export function notices(error) {
  const faults = faultsOf(error);
  return faults.length > 0 ? faults.map(faultNotice) : [notice(error)];
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
