/**
 * A cell as the service draws it, shown as a picture: nothing in it can run.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { send } from "../service/client.js";
import { notice } from "./notice.js";

export class CellDrawing extends HTMLElement {
  #url = "";
  #path = "";

  disconnectedCallback() {
    URL.revokeObjectURL(this.#url);
  }

  /**
   * @param {string} path of the drawing
   * @param {string} words what it shows
   */
  async draw(path, words) {
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Drawing");
    if (path === this.#path) return;
    this.#path = path;
    try {
      const response = await send(path);
      const picture = new Blob([await response.arrayBuffer()], { type: "image/svg+xml" });
      if (path !== this.#path) return;
      URL.revokeObjectURL(this.#url);
      this.#url = URL.createObjectURL(picture);
      show(this, h("img", { src: this.#url, alt: words }));
    } catch (error) {
      if (path === this.#path) show(this, notice(error));
    }
  }
}

customElements.define("cell-drawing", CellDrawing);
