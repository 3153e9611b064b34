/**
 * Kinds of job: what the page calls them, and where they are. What all kinds share asks here.
 * @module
 */

import { formatNumberOf } from "../lib/format.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Evaluation} Evaluation */

/**
 * A job of any kind.
 * @typedef {Search | Evaluation} Job
 */

/**
 * @template {Job} J
 * @typedef {object} Kind
 * @property {string} noun what a job of this kind is called
 * @property {string} idPrefix what the ids of its jobs begin with
 * @property {string} listName what their list is called
 * @property {"searches" | "evaluations"} path of its jobs, in the interface and below /ui
 * @property {string} list the page of the list
 * @property {string} lostWithIt what is deleted with a job, to begin a sentence with
 * @property {(job: J) => string | null} likeOf the page below /ui on which one like it is started; null if there is none
 * @property {(job: J) => string} nameOf
 * @property {(job: J) => string} settingsOf the settings that matter most besides the data set, in a line
 * @property {(job: J) => string} placeOf how far it is, in a few words
 * @property {(job: J) => string} stopOf where it stopped, to end a sentence with
 */

/** @type {Partial<Record<import("../service/types.js").Status, string>>} */
const NOT_BEGUN = { queued: "waiting for a worker", running: "a worker is preparing it" };
/** Where a job stopped that has no checkpoint yet. */
export const BEFORE = "before its first epoch";

/** The page on which a search is started. */
export const SEARCH_FORM = "new";

/** @type {Kind<Search>} */
export const SEARCH = {
  noun: "search",
  idPrefix: "srch",
  listName: "Searches",
  path: "searches",
  list: "",
  lostWithIt: "Its genotypes, also those derived later, and its measurements, results and checkpoints",
  likeOf: ({ id }) => `${SEARCH_FORM}?like=${id}`,
  nameOf: ({ spec }) => spec.name ?? `${spec.dataset}, seed ${spec.seed}`,
  settingsOf: ({ spec }) => `preset ${spec.preset} · seed ${spec.seed}`,
  placeOf: ({ progress, status }) => (progress.stage === null ? (NOT_BEGUN[status] ?? BEFORE) : `stage ${progress.stage}/${progress.stages} · epoch ${progress.epoch}/${progress.epochs}`),
  stopOf: ({ progress }) => (progress.stage === null ? BEFORE : `in stage ${progress.stage} of ${progress.stages}, epoch ${progress.epoch}`),
};

/** @type {Kind<Evaluation>} */
export const EVALUATION = {
  noun: "evaluation",
  idPrefix: "eval",
  listName: "Evaluations",
  path: "evaluations",
  list: "evaluations",
  lostWithIt: "Its trained network, measurements, results and checkpoints",
  likeOf: ({ genotype, id }) => (genotype.id === null ? null : `genotypes/${genotype.id}?like=${id}`),
  nameOf: ({ spec }) => spec.name ?? `${spec.dataset}, ${spec.preset}, seed ${spec.seed}`,
  settingsOf: ({ spec }) => `preset ${spec.preset} · ${formatNumberOf(spec.epochs, "epoch")} · seed ${spec.seed}`,
  placeOf: ({ progress, status }) => (progress.epoch === null ? (NOT_BEGUN[status] ?? BEFORE) : progress.epochs === 0 ? "testing only" : `epoch ${progress.epoch}/${progress.epochs}`),
  stopOf: ({ progress }) => (!progress.epoch ? BEFORE : `in epoch ${progress.epoch} of ${progress.epochs}`),
};

/**
 * The kind of the job with an id; undefined if jobs of its kind have no page, such as the checks of data sets.
 * @param {string} id
 */
export const kindOf = (id) => [SEARCH, EVALUATION].find(({ idPrefix }) => id.startsWith(`${idPrefix}_`));
