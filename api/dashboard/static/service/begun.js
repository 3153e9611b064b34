/**
 * The upload that was begun last in this browser, so that a page that is loaded again can go on with it.
 * Where the browser keeps nothing, such a page begins anew.
 * @module
 */

import { keptByBrowser } from "../lib/kept.js";

const BEGUN = "pdarts.upload";

/** @typedef {{file: string, id: string, mark: string}} Begun an upload, and what is sent with it */

/** The upload that has not ended, as far as is known. @returns {Begun | null} */
export function readBegun() {
  try {
    const begun = JSON.parse(keptByBrowser.get(BEGUN) ?? "null");
    return typeof begun?.id === "string" && typeof begun.mark === "string" && typeof begun.file === "string" ? begun : null;
  } catch {
    return null;
  }
}

/** @param {Begun} begun */
export const keepBegun = (begun) => keptByBrowser.set(BEGUN, JSON.stringify(begun));

/** It has ended, or nobody wants it any more. */
export const forgetBegun = () => keptByBrowser.remove(BEGUN);
