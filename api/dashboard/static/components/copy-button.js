/**
 * A button that copies a text.
 * @module
 */

import { h, setText } from "../lib/dom.js";

const THANKS_MILLISECONDS = 1500;

/**
 * @param {string} name what the button says
 * @param {() => string} text what it copies
 * @returns {HTMLElement}
 */
export function copyButton(name, text) {
  const button = h("button", { type: "button", onclick: copy }, name);
  async function copy() {
    setText(button, (await copyText(text())) ? "Copied" : "Not copied");
    setTimeout(() => setText(button, name), THANKS_MILLISECONDS);
  }
  return button;
}

/**
 * @param {string} text
 * @returns {Promise<boolean>} whether the browser has copied it
 */
async function copyText(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => copyOldWay(text),
    );
  }
  // Only a page from a secure origin has the clipboard; a plain http address in a network has not.
  return copyOldWay(text);
}

/** @param {string} text */
function copyOldWay(text) {
  const area = h("textarea", { class: "off-screen", readonly: true, value: text });
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}
