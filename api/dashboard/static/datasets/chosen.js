/**
 * What the reader chose or dropped, as something that can be sent: an archive as it is, a folder as a tar.
 * @module
 */

import { formatBytes, formatNumberOf } from "../lib/format.js";
import { Tar } from "./tar.js";

/**
 * @typedef {object} Source
 * @property {string} file what it would be called as a file
 * @property {string} name what its data set could be called
 * @property {string} words
 * @property {number} size
 * @property {string} mark tells it from others, and from what it was before a change
 * @property {(begin: number, end: number) => Blob} slice
 */

/** @typedef {{path: string, file: File}} FoundFile */

/** There is nothing in it that a data set could be made of; the message says why. */
export class NothingToSend extends Error {}

const LONGEST_NAME = 100;
const ARCHIVE_SUFFIX = /(\.(zip|tar|tgz|tbz2?|txz|gz|bz2|xz))+$/i;
/** Files asked for together: one after the other, many take minutes. */
const AT_ONCE = 100;
/** Content of files that are no images: only that they are there is told. */
const NOTHING = new Blob();

/** @param {string} path */
const isImage = (path) => (document.body.dataset.images ?? "").split(" ").some((suffix) => path.toLowerCase().endsWith(suffix));

/** What systems hide, nobody means to send. @param {string} name */
const isHidden = (name) => name.startsWith(".");

/**
 * @param {File} file
 * @returns {Source}
 */
export function sourceOfFile(file) {
  if (isImage(file.name)) throw new NothingToSend(`“${file.name}” is a single image. Drop the folder that contains one folder for each class.`);
  if (file.size === 0) throw new NothingToSend(`“${file.name}” is empty.`);
  return { file: file.name, name: possibleName(file.name.replace(ARCHIVE_SUFFIX, "")), words: `${file.name}: ${formatBytes(file.size)}`, size: file.size, mark: markOf([{ path: file.name, content: file }]), slice: (begin, end) => file.slice(begin, end) };
}

/**
 * What an input for folders has.
 * @param {FileList} files
 * @returns {Source}
 */
export function sourceOfFolder(files) {
  const found = [...files].map((file) => ({ path: file.webkitRelativePath.split("/").slice(1).join("/"), file }));
  return sourceOfFiles(files[0]?.webkitRelativePath.split("/")[0] ?? "", found);
}

/**
 * What was dropped.
 * @param {FileSystemEntry[]} entries
 * @param {AbortSignal} signal
 * @param {(files: number) => void} tell called now and then with how many files were found
 * @returns {Promise<Source>}
 */
export async function sourceOfDrop(entries, signal, tell) {
  const [first] = entries;
  if (!first) throw new NothingToSend("That is neither a folder nor an archive. Drop a folder, or a zip or tar file.");
  if (entries.length === 1 && first.isFile) return sourceOfFile(await fileOf(/** @type {FileSystemFileEntry} */ (first)));
  const isOne = entries.length === 1;
  const files = await filesBelow(isOne ? await childrenOf(/** @type {FileSystemDirectoryEntry} */ (first)) : entries, signal, tell);
  const above = isOne ? first.fullPath.length + 1 : 1;
  return sourceOfFiles(isOne ? first.name : "", files.map(({ file, path }) => ({ file, path: path.slice(above) })));
}

/**
 * @param {string} name of the folder
 * @param {FoundFile[]} found
 * @returns {Source}
 */
function sourceOfFiles(name, found) {
  const seen = found.filter(({ path }) => !path.split("/").some(isHidden));
  const images = seen.filter(({ path }) => isImage(path)).length;
  if (images === 0) throw new NothingToSend(name ? `There are no images in “${name}”.` : "There are no images in what you dropped.");
  const members = seen.map(({ file, path }) => ({ path, content: isImage(path) ? file : NOTHING })).sort((one, other) => (one.path < other.path ? -1 : 1));
  const tar = new Tar(members);
  return { file: `${name || "folders"}.tar`, name: possibleName(name), words: `${name || "Folders"}: ${formatNumberOf(images, "image")}, ${formatBytes(tar.size)}`, size: tar.size, mark: markOf(members), slice: (begin, end) => tar.slice(begin, end) };
}

/**
 * A digest (FNV-1a) of names, sizes and times: nobody wants to read gigabytes to find that they are the same.
 * @param {{path: string, content: Blob}[]} members
 */
function markOf(members) {
  let digest = 0x811c9dc5;
  let size = 0;
  for (const { path, content } of members) {
    size += content.size;
    const text = `${path}\0${content.size}\0${content instanceof File ? content.lastModified : ""}\0`;
    for (let place = 0; place < text.length; place++) digest = Math.imul(digest ^ text.charCodeAt(place), 0x01000193);
  }
  return `${members.length}-${size}-${(digest >>> 0).toString(16)}`;
}

/**
 * @param {FileSystemEntry[]} entries
 * @param {AbortSignal} signal
 * @param {(files: number) => void} tell
 * @returns {Promise<FoundFile[]>}
 */
async function filesBelow(entries, signal, tell) {
  /** @type {FoundFile[]} */
  const found = [];
  const waiting = entries.filter(({ name }) => !isHidden(name));
  while (waiting.length > 0) {
    signal.throwIfAborted();
    const some = waiting.splice(-AT_ONCE);
    const files = some.filter((entry) => entry.isFile);
    found.push(...(await Promise.all(files.map(async (entry) => ({ path: entry.fullPath, file: await fileOf(/** @type {FileSystemFileEntry} */ (entry)) })))));
    for (const entry of some.filter(({ isDirectory }) => isDirectory)) {
      const children = await childrenOf(/** @type {FileSystemDirectoryEntry} */ (entry));
      for (const child of children) if (!isHidden(child.name)) waiting.push(child);
    }
    tell(found.length);
  }
  return found;
}

/**
 * @param {FileSystemDirectoryEntry} folder
 * @returns {Promise<FileSystemEntry[]>}
 */
async function childrenOf(folder) {
  const reader = folder.createReader();
  const children = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((give, refuse) => reader.readEntries(give, () => refuse(unreadable(folder))));
    if (some.length === 0) return children;
    children.push(...some);
  }
}

/**
 * @param {FileSystemFileEntry} entry
 * @returns {Promise<File>}
 */
const fileOf = (entry) => new Promise((give, refuse) => entry.file(give, () => refuse(unreadable(entry))));

/** @param {FileSystemEntry} entry */
const unreadable = ({ fullPath }) => new NothingToSend(`“${fullPath.slice(1)}” cannot be read.`);

/**
 * What is wrong with a name for a data set, as far as that can be told here; empty where nothing is.
 * @param {string} name
 */
export function nameFault(name) {
  if (name === "") return "Give the data set a name.";
  if (/[/\\]/.test(name) || name.startsWith(".")) return "A name must not contain slashes or begin with a dot.";
  return new TextEncoder().encode(name).length > LONGEST_NAME ? `A name must not be longer than ${LONGEST_NAME} bytes.` : "";
}

/** @param {string} name */
function possibleName(name) {
  const plain = name.replace(/[/\\]/g, "-").replace(/^\.+/, "").trim();
  return nameFault(plain) ? "" : plain;
}
