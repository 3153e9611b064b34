/**
 * Changes of a JSON document as the service takes them: merge patches (RFC 7396).
 * @module
 */

/** @typedef {Record<string, unknown>} Members */

/** A merge patch cannot say this change: in it null takes a member away, and sets none to null. */
class NoPatch extends Error {}

/**
 * The patch from one object to another: only what differs, and null for what is gone.
 * @param {Members} before
 * @param {Members} after
 * @param {string[]} [path] the names that lead to them
 * @returns {Members} empty where nothing differs
 * @throws {NoPatch} a member is to be null that is not
 */
export function mergePatch(before, after, path = []) {
  const known = new Map(Object.entries(before));
  const wanted = new Map(Object.entries(after));
  const gone = [...known.keys()].filter((name) => !wanted.has(name)).map((name) => [name, null]);
  const changed = [...wanted]
    .filter(([name, value]) => !known.has(name) || !isSame(known.get(name), value))
    .map(([name, value]) => [name, patchTo(known.get(name), value, [...path, name])]);
  return Object.fromEntries([...gone, ...changed]);
}

/**
 * @param {unknown} before undefined: nothing
 * @param {unknown} after
 * @param {string[]} path
 */
function patchTo(before, after, path) {
  if (after === null) throw new NoPatch(`“${path.join(".")}” cannot be set to null, because null removes a field. Give it another value or leave it out.`);
  return isObject(after) ? mergePatch(isObject(before) ? before : {}, after, path) : after;
}

/**
 * Whether two JSON values say the same; the order of an object's members says nothing.
 * @param {unknown} one
 * @param {unknown} other
 * @returns {boolean}
 */
export function isSame(one, other) {
  if (!isCompound(one) || !isCompound(other)) return one === other;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return Array.isArray(one) === Array.isArray(other) && names.length === others.length && names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]));
}

/** @param {unknown} value @returns {value is Members} */
const isCompound = (value) => typeof value === "object" && value !== null;

/** @param {unknown} value @returns {value is Members} */
export const isObject = (value) => isCompound(value) && !Array.isArray(value);
