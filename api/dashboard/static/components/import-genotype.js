/**
 * A form that imports a genotype from Python text or JSON, to look at it as at any other.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { genotypePage } from "../lib/paths.js";
import { navigate } from "../lib/router.js";
import { getJson } from "../service/client.js";
import { notices } from "./notice.js";

const EXAMPLE = "Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], reduce_concat=range(2, 6))";

/** @returns {HTMLElement} */
export function importGenotype() {
  const name = h("input", { id: "import-name", autocomplete: "off", maxlength: "200" });
  const text = h("textarea", { id: "import-text", rows: "5", required: true, spellcheck: "false", placeholder: EXAMPLE });
  const button = h("button", { class: "primary" }, "Import");
  const trouble = h("div");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const genotype = await getJson("genotypes", { method: "POST", body: bodyOf(text.value.trim(), name.value.trim()) });
      navigate(genotypePage(genotype.id));
    } catch (error) {
      show(trouble, notices(error instanceof SyntaxError ? "This is not valid JSON." : error));
    } finally {
      button.disabled = false;
    }
  };
  return h(
    "form",
    { class: "key-form", novalidate: true, onsubmit: submit },
    h("div", { class: "field" }, h("label", { for: "import-text" }, "Genotype, as Python or JSON"), text),
    h("div", { class: "field" }, h("label", { for: "import-name" }, "Name"), name),
    h("div", {}, button),
    trouble,
  );
}

/**
 * @param {string} text
 * @param {string} name
 */
function bodyOf(text, name) {
  const named = name ? { name } : {};
  if (!text.startsWith("{")) return { python: text, ...named };
  const document = JSON.parse(text);
  return { ...("genotype" in document ? document : { genotype: document }), ...named };
}
