/**
 * The upload that was begun last in this browser, so that a page that is loaded again can go on with it.
 * Where the browser keeps nothing (its storage is full, or closed to pages), such a page begins anew.
 * @module
 */

const BEGUN = "pdarts.upload";

/** @typedef {{file: string, id: string, mark: string}} Begun an upload, and what is sent with it */

/** The upload that has not ended, as far as is known. @returns {Begun | null} */
export function readBegun() {
  try {
    const begun = JSON.parse(localStorage.getItem(BEGUN) ?? "null");
    return typeof begun?.id === "string" && typeof begun.mark === "string" && typeof begun.file === "string" ? begun : null;
  } catch {
    return null;
  }
}

/** @param {Begun} begun */
export function keepBegun(begun) {
  try {
    localStorage.setItem(BEGUN, JSON.stringify(begun));
  } catch {
    // It is sent all the same.
  }
}

/** It has ended, or nobody wants it any more. */
export function forgetBegun() {
  try {
    localStorage.removeItem(BEGUN);
  } catch {
    // Then nothing was kept.
  }
}
