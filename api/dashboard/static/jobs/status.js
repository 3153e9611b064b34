/**
 * The states of a job, and what can be done in each.
 * @module
 */

/** @typedef {import("../service/types.js").Status} Status */
/** @typedef {"pause" | "resume" | "retry" | "cancel"} Move */

/** @type {Record<Status, {end: boolean, active: boolean, moves: Move[]}>} `active`: it may change at any moment */
const STATES = {
  queued: { end: false, active: true, moves: ["pause", "cancel"] },
  running: { end: false, active: true, moves: ["pause", "cancel"] },
  pausing: { end: false, active: true, moves: ["cancel"] },
  paused: { end: false, active: false, moves: ["resume", "cancel"] },
  cancelling: { end: false, active: true, moves: [] },
  cancelled: { end: true, active: false, moves: [] },
  succeeded: { end: true, active: false, moves: [] },
  failed: { end: true, active: false, moves: ["retry"] },
};

export const STATUSES = /** @type {Status[]} */ (Object.keys(STATES));

/** @param {Status} status */
export const isActive = (status) => STATES[status].active;

/** @param {Status} status */
export const isFinal = (status) => STATES[status].end;

/** @param {Status} status */
export const movesFrom = (status) => STATES[status].moves;
