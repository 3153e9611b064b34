/**
 * Kinds of job: what the page calls them, and where they are. What all kinds share asks here.
 * @module
 */

/**
 * A job of any kind.
 * @typedef {import("../service/types.js").Search} Job
 */

/**
 * @typedef {object} Kind
 * @property {string} noun what a job of this kind is called
 * @property {"searches"} path of its jobs, in the interface and below /ui
 * @property {string} list the page of the list
 * @property {string} form the page on which one is started
 * @property {(job: Job) => string} nameOf
 * @property {(job: Job) => string} settingsOf the settings that matter most, in a line
 * @property {(job: Job) => string} placeOf how far it is, in a few words
 * @property {(job: Job) => string} stopOf where it stopped, to end a sentence with
 */

/** @type {Kind} */
export const SEARCH = {
  noun: "search",
  path: "searches",
  list: "",
  form: "new",
  nameOf: ({ spec }) => spec.name ?? `${spec.dataset}, seed ${spec.seed}`,
  settingsOf: ({ spec }) => `${spec.dataset} · preset ${spec.preset} · seed ${spec.seed}`,
  placeOf: ({ progress, status }) => (progress.stage === null ? (NOT_BEGUN[status] ?? "before its first epoch") : `stage ${progress.stage}/${progress.stages} · epoch ${progress.epoch}/${progress.epochs}`),
  stopOf: ({ progress }) => (progress.stage === null ? "before its first epoch" : `in stage ${progress.stage} of ${progress.stages}, epoch ${progress.epoch}`),
};

/** @type {Partial<Record<import("../service/types.js").Status, string>>} */
const NOT_BEGUN = { queued: "waiting for a worker", running: "a worker is preparing it" };
