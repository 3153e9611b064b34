/**
 * What the browser stores for this page. Where it stores nothing (its storage is full, or blocked for
 * sites), the page itself keeps it until it is left or loaded again.
 * @module
 */

class Kept {
  #storage;
  /** @type {Map<string, string>} */
  #here = new Map();

  /** @param {() => Storage} storage asked for at each use, since merely reading it throws where the browser blocks it */
  constructor(storage) {
    this.#storage = storage;
  }

  /**
   * @param {string} name
   * @returns {string | null}
   */
  get(name) {
    return this.#here.get(name) ?? this.#try((storage) => storage.getItem(name)) ?? null;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  set(name, value) {
    this.#here.set(name, value);
    this.#try((storage) => {
      storage.removeItem(name); // or the older value stayed where there is no room for this one
      storage.setItem(name, value);
      this.#here.delete(name);
    });
  }

  /** @param {string} name */
  remove(name) {
    this.#here.delete(name);
    this.#try((storage) => storage.removeItem(name));
  }

  clear() {
    this.#here.clear();
    this.#try((storage) => storage.clear());
  }

  /**
   * @template T
   * @param {(storage: Storage) => T} use
   * @returns {T | undefined}
   */
  #try(use) {
    try {
      return use(this.#storage());
    } catch {
      return undefined;
    }
  }
}

/** For as long as the tab is open. */
export const keptByTab = new Kept(() => sessionStorage);

/** For good, for every tab. */
export const keptByBrowser = new Kept(() => localStorage);
