/**
 * API keys, for an admin: who has which, a new one, and the end of one.
 * @module
 */

import { confirm } from "../components/confirm.js";
import "../components/new-key.js";
import { notice } from "../components/notice.js";
import { Page } from "../components/page.js";
import { h, reconcile, setText, show } from "../lib/dom.js";
import { formatAge, formatMoment } from "../lib/format.js";
import { setTitle } from "../lib/router.js";
import { getAll, send } from "../service/client.js";
import { whoAmI } from "../service/me.js";

/** @typedef {import("../service/types.js").ApiKey} ApiKey */

const COLUMNS = ["Key", "Owner", "Good for", "State", "Made", "Last used", "Ends", ""];

class KeysPage extends Page {
  #form = /** @type {any} */ (h("new-key"));
  #rows = h("tbody");
  #body = h("div");
  #trouble = h("div");
  #withEnded = h("input", { type: "checkbox", id: "keys-ended", onchange: () => this.#showKeys() });
  /** @type {ApiKey[]} */
  #keys = [];
  #own = "";

  start() {
    setTitle("Keys");
    this.#form.onMade = () => this.#read();
    show(
      this,
      h("h1", {}, "Keys"),
      h("section", { class: "card" }, h("h2", {}, "A new key"), this.#form),
      h("div", { class: "filters" }, h("div", { class: "filter" }, this.#withEnded, h("label", { for: "keys-ended" }, "Show revoked and expired keys, too"))),
      this.#trouble,
      this.#body,
    );
    this.#read();
  }

  #read() {
    this.keepAsking(async (signal) => {
      const [keys, me] = await Promise.all([getAll("keys", { signal }), whoAmI()]);
      this.#keys = keys;
      this.#own = me.key?.id ?? "";
      this.#showKeys();
      return null;
    }, this.#body);
  }

  #showKeys() {
    const shown = this.#keys.filter((key) => this.#withEnded.checked || stateOf(key) === "valid");
    if (shown.length === 0) {
      show(this.#body, h("p", { class: "empty" }, this.#keys.length ? "No key is valid." : "There is no key yet."));
      return;
    }
    if (!this.#rows.isConnected) show(this.#body, table(this.#rows));
    reconcile(this.#rows, shown, ({ id }) => id, row, (element, key) => update(element, key, () => this.#revoke(key)));
  }

  /** @param {ApiKey} key */
  async #revoke(key) {
    const own = key.id === this.#own ? " It is the key that this page uses." : "";
    const sure = await confirm(`Revoke “${key.name}” of ${key.owner}?`, `Whatever uses it is refused from then on; it cannot be taken back.${own}`, "Revoke the key");
    if (!sure) return;
    try {
      await send(`keys/${key.id}`, { method: "DELETE" });
      show(this.#trouble);
    } catch (error) {
      show(this.#trouble, notice(error));
    }
    this.#read();
  }
}

/** @param {Element} rows */
function table(rows) {
  const head = h("thead", {}, h("tr", {}, COLUMNS.map((name) => (name ? h("th", { scope: "col" }, name) : h("td", {})))));
  return h("div", { class: "card table-card" }, h("table", { class: "stacked" }, h("caption", { class: "off-screen" }, "Keys, the newest first"), head, rows));
}

function row() {
  return h("tr", {}, h("th", { scope: "row" }), COLUMNS.slice(1).map((name) => h("td", name ? { "data-label": name } : {})));
}

/**
 * @param {HTMLElement} element
 * @param {ApiKey} key
 * @param {() => void} revoke
 */
function update(element, key, revoke) {
  const [name, owner, scopes, state, made, used, ends, action] = /** @type {HTMLElement[]} */ ([...element.children]);
  const now = stateOf(key);
  element.classList.toggle("faded", now !== "valid");
  show(name, key.name, h("code", { class: "quiet sub" }, key.hint));
  setText(owner, key.owner);
  setText(scopes, key.scopes.join(", "));
  show(state, h("span", { class: "badge", "data-status": now }, now));
  setText(made, formatMoment(key.created_at));
  setText(used, key.last_used_at ? formatAge(key.last_used_at) : "never");
  setText(ends, now === "revoked" ? formatMoment(key.revoked_at) : key.expires_at ? formatMoment(key.expires_at) : "never");
  const button = h("button", { type: "button", class: "danger", "aria-label": `Revoke ${key.name} of ${key.owner}`, onclick: revoke }, "Revoke");
  if (now !== "valid") show(action);
  else if (!action.firstElementChild) show(action, button);
}

/** @param {ApiKey} key */
function stateOf({ expires_at, revoked_at }) {
  if (revoked_at !== null) return "revoked";
  return expires_at !== null && new Date(expires_at) <= new Date() ? "expired" : "valid";
}

customElements.define("keys-page", KeysPage);
