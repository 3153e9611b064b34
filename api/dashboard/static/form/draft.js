/**
 * What is half typed into the form for a new search, kept in this tab until it is sent: a reader who
 * goes back, or loads the page again, finds it. Specs hold no keys and no secrets.
 * @module
 */

import { keptByTab } from "../lib/kept.js";

const PREFIX = "pdarts.draft:";

/** @typedef {{spec: Record<string, any>, isOpen: boolean}} Draft what differs from the preset, and whether all settings are shown */

/** Each form has its own: that of a search like another one, and the empty one. */
const nameOf = () => `${PREFIX}${location.pathname}${location.search}`;

/** @returns {Draft | null} */
export function readDraft() {
  try {
    const draft = JSON.parse(keptByTab.get(nameOf()) ?? "null");
    return draft?.spec && typeof draft.spec === "object" ? draft : null;
  } catch {
    return null;
  }
}

/** @param {Draft} draft */
export const keepDraft = (draft) => keptByTab.set(nameOf(), JSON.stringify(draft));

export const forgetDraft = () => keptByTab.remove(nameOf());
