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
    await copyText(text());
    setText(button, "Copied");
    setTimeout(() => setText(button, name), THANKS_MILLISECONDS);
  }
  return button;
}

/** @param {string} text */
async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Only a page from a secure origin has the clipboard; a plain http address in a network has not.
  const area = h("textarea", { class: "off-screen", readonly: true, value: text });
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
