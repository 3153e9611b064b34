/**
 * Where the service and its pages are, whatever prefix a proxy puts in front.
 * This file lies at /ui/static/DIGEST/lib/.
 * @module
 */

const UI = new URL("../../../", import.meta.url);
const SERVICE = new URL("../", UI);

/**
 * The address of a resource of the service.
 * @param {string} path without a slash in front
 */
export const serviceUrl = (path) => new URL(`v1/${path}`, SERVICE);

/** The address of the page with the interface's documentation. */
export const docsUrl = new URL("docs", SERVICE).pathname;

/**
 * The address of a page.
 * @param {string} [path] without a slash in front
 */
export const pageUrl = (path = "") => UI.pathname.replace(/\/$/, path ? `/${path}` : "");

/**
 * What of a page's address comes after /ui: its parts, and its parameters.
 * @param {URL | Location} address
 */
export function partsOf(address) {
  const parts = address.pathname.slice(UI.pathname.length - 1).split("/").filter(Boolean);
  return { parts, parameters: new URLSearchParams(address.search) };
}

/** @param {URL} address */
export const isPage = (address) =>
  address.origin === UI.origin && `${address.pathname}/`.startsWith(UI.pathname);

/**
 * The page of a job.
 * @param {import("../jobs/kind.js").Kind<any>} kind
 * @param {string} id
 */
export const jobPage = (kind, id) => pageUrl(`${kind.path}/${id}`);

/** The genotypes of a search. @param {string} id */
export const genotypesPage = (id) => pageUrl(`searches/${id}/genotypes`);

/** @param {string} id */
export const genotypePage = (id) => pageUrl(`genotypes/${id}`);

/** The part of the addresses of data sets. */
export const DATASETS = "datasets";

/** @param {string} name */
export const datasetPage = (name) => pageUrl(`${DATASETS}/${encodeURIComponent(name)}`);

/** @param {Iterable<string>} ids */
export const compareEvaluationsPage = (ids) => `${pageUrl("compare-evaluations")}?ids=${[...ids].join(",")}`;

/** @param {Iterable<string>} ids */
export const comparePage = (ids) => `${pageUrl("compare")}?ids=${[...ids].join(",")}`;
