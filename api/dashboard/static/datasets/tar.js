/**
 * Files as a tar (POSIX.1-2001) that is never written: each of its bytes is made when it is sent.
 * @module
 */

const BLOCK = 512;
const END_BYTES = 2 * BLOCK;
/** Names that the plain header takes; others go into a header of their own. */
const PLAIN_NAME = /^[ -~]{1,100}$/;
const FILE = "0";
const EXTENDED = "x";
const encoder = new TextEncoder();

/** @typedef {{path: string, content: Blob}} Member */

/** @param {number} size */
const padded = (size) => Math.ceil(size / BLOCK) * BLOCK;

export class Tar {
  #members;
  /** Where each member begins; the last one is where all have ended.
   * @type {number[]} */
  #starts = [0];

  /** @param {Member[]} members */
  constructor(members) {
    this.#members = members;
    let end = 0;
    for (const { content, path } of members) {
      end += headerBytes(path) + padded(content.size);
      this.#starts.push(end);
    }
    this.size = end + END_BYTES;
  }

  /**
   * @param {number} begin
   * @param {number} end
   * @returns {Blob}
   */
  slice(begin, end) {
    /** @type {BlobPart[]} */
    const pieces = [];
    let from = begin;
    for (let number = this.#at(begin); number < this.#members.length && from < end; number++) {
      const [start, next] = [this.#starts[number] ?? 0, this.#starts[number + 1] ?? 0];
      const whole = piecesOf(/** @type {Member} */ (this.#members[number]));
      // A blob for each of many small files takes longer than sending them.
      if (from === start && next <= end) pieces.push(...whole);
      else pieces.push(new Blob(whole).slice(from - start, end - start));
      from = Math.min(end, next);
    }
    pieces.push(new Uint8Array(Math.max(0, Math.min(end, this.size) - from)));
    return new Blob(pieces);
  }

  /** Which member has the byte at a place. @param {number} place */
  #at(place) {
    let [low, high] = [0, this.#members.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle + 1] ?? 0) <= place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * A member as it stands in the tar; its content is referred to, not read.
 * @param {Member} member
 * @returns {BlobPart[]}
 */
function piecesOf({ content, path }) {
  const zeros = new Uint8Array(padded(content.size) - content.size);
  const header = block(PLAIN_NAME.test(path) ? path : "long name", content.size, FILE);
  return [...extended(path), header, content, zeros];
}

/** @param {string} path */
const headerBytes = (path) => BLOCK + extended(path).reduce((sum, piece) => sum + piece.length, 0);

/**
 * What names a member whose name the plain header does not take.
 * @param {string} path
 * @returns {Uint8Array<ArrayBuffer>[]}
 */
function extended(path) {
  if (PLAIN_NAME.test(path)) return [];
  const rest = encoder.encode(` path=${path}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  const record = new Uint8Array(padded(length));
  record.set(encoder.encode(String(length)));
  record.set(rest, length - rest.length);
  return [block("long name", length, EXTENDED), record];
}

/**
 * @param {string} name
 * @param {number} size
 * @param {string} type
 * @returns {Uint8Array<ArrayBuffer>}
 */
function block(name, size, type) {
  const header = new Uint8Array(BLOCK);
  const write = (/** @type {number} */ place, /** @type {string} */ text) => header.set(encoder.encode(text), place);
  write(0, name);
  write(100, "0000644\0" + "0000000\0".repeat(2));
  write(124, size.toString(8).padStart(11, "0"));
  write(136, "00000000000\0" + " ".repeat(8) + type);
  write(257, "ustar\0" + "00");
  const sum = header.reduce((one, other) => one + other, 0);
  write(148, `${sum.toString(8).padStart(6, "0")}\0`);
  return header;
}
