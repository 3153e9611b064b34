/**
 * The images about which a network was surest, and wrong: pictures, and what they were taken for.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";
import { send } from "../service/client.js";
import { Problem, isAborted } from "../service/problem.js";
import { notice } from "./notice.js";

/** @typedef {import("../service/types.js").WholeResult} WholeResult */
/** @typedef {NonNullable<WholeResult["wrong"]>[number]} WrongImage */

/** Of one image on the picture with all of them, in pixels. */
const CELL = 96;
const COLUMNS = 6;

export class WrongImages extends HTMLElement {
  #left = new AbortController();
  #url = "";

  disconnectedCallback() {
    this.#left.abort();
    URL.revokeObjectURL(this.#url);
  }

  /**
   * @param {`evaluations/${string}`} path of the evaluation
   * @param {WrongImage[]} wrong they never change
   */
  async showWrong(path, wrong) {
    this.hidden = wrong.length === 0;
    if (wrong.length === 0) return;
    const pictures = wrong.map(({ class_name }, place) => picture(class_name, place));
    const trouble = h("div");
    const captions = wrong.map(({ class_name, probability, taken_for }) => h("figcaption", {}, class_name, h("br"), `taken for ${taken_for} (${formatPercent(probability, 0)} sure)`));
    show(
      this,
      h("section", { class: "card" }, h("h2", {}, "Most confident mistakes"), h("p", { class: "quiet" }, "The network was most certain about these images, and wrong. Look for wrong labels, odd images, and classes that look alike."), trouble, h("div", { class: "wrong-images" }, pictures.map((image, place) => h("figure", {}, image, captions[place])))),
    );
    try {
      const sheet = await (await send(`${path}/wrong`, { signal: this.#left.signal })).blob();
      this.#url = URL.createObjectURL(sheet);
      for (const image of pictures) image.src = this.#url;
    } catch (error) {
      if (isAborted(error)) return;
      for (const image of pictures) image.remove();
      // An evaluation from before there were pictures has its words alone.
      if (!(error instanceof Problem && error.status === 404)) show(trouble, notice(error));
    }
  }
}

/**
 * A window on one image of the picture.
 * @param {string} name of its class
 * @param {number} place
 */
function picture(name, place) {
  const image = h("img", { alt: `An image of ${name}`, height: CELL, width: CELL });
  image.style.objectPosition = `-${(place % COLUMNS) * CELL}px -${Math.floor(place / COLUMNS) * CELL}px`;
  return image;
}

customElements.define("wrong-images", WrongImages);
