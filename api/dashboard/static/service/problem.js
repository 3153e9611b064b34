/**
 * What the service answers where it cannot do what was asked (RFC 9457).
 * @module
 */

/** @typedef {import("./types.js").BadField} BadField */

/** The service refused, and says why. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {Partial<import("./types.js").ProblemBody>} body a proxy's answer may have none of it
   */
  constructor(status, body) {
    super(body.detail ?? body.title ?? `The service answered with status ${status}.`);
    this.status = status;
    this.code = body.code ?? "";
    this.title = body.title ?? "";
    /** @type {BadField[]} */
    this.errors = body.errors ?? [];
  }
}

/** The service does not answer: it is down, or cannot be reached. */
export class Unreachable extends Error {}

/**
 * Whether to ask again may help.
 * @param {unknown} error
 */
export const isPassing = (error) =>
  error instanceof Unreachable || (error instanceof Problem && (error.status >= 500 || error.status === 429));

/** @param {unknown} error */
export const isAborted = (error) => error instanceof DOMException && error.name === "AbortError";

/**
 * What makes of an error of the network, in fetch or while a body is read, that the service cannot be reached.
 * @param {string} sentence on what went wrong
 * @returns {(error: unknown) => never}
 */
export const unreachable = (sentence) => (error) => {
  if (isAborted(error)) throw error;
  throw new Unreachable(sentence);
};
