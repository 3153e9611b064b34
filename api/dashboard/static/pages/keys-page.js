/**
 * API keys, for an admin: who has which, a new one, and the end of one.
 * @module
 */

import { confirm } from "../components/confirm.js";
import { LiveTable } from "../components/live-table.js";
import { NewKey } from "../components/new-key.js";
import { notice } from "../components/notice.js";
import { Page } from "../components/page.js";
import { h, setText, show } from "../lib/dom.js";
import { formatAge, formatMoment } from "../lib/format.js";
import { setTitle } from "../lib/router.js";
import { getAll, send } from "../service/client.js";
import { whoAmI } from "../service/me.js";

/** @typedef {import("../service/types.js").ApiKey} ApiKey */
/** @typedef {import("../components/live-table.js").Column<ApiKey>} Column */

export class KeysPage extends Page {
  #form = h(NewKey);
  #new = h("section", { class: "card" }, h("h2", {}, "New key"), this.#form);
  /** @type {LiveTable<ApiKey>} */
  #table = new LiveTable({
    caption: "Keys, newest first",
    class: "stacked",
    columns: [...COLUMNS, revokeColumn((key) => this.#revoke(key))],
    keyOf: ({ id }) => id,
    isFaded: (key) => stateOf(key) !== "valid",
  });
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
      this.#new,
      h("div", { class: "filters" }, h("div", { class: "filter" }, this.#withEnded, h("label", { for: "keys-ended" }, "Show revoked and expired keys"))),
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
      if (me.key === null) show(this.#new, h("h2", {}, "New key"), h("p", {}, h("strong", {}, "Keys are not required yet. "), "Every program and every user of this machine can use this service", keys.length ? ", and the keys below have no effect" : "", ". To require keys, create one on the service's machine with the command below, then restart the service with ", h("code", {}, "PDARTS_AUTH=on"), ":"), h("pre", {}, h("code", {}, "pdarts keys create --owner NAME --scope admin")));
      this.#showKeys();
      return null;
    }, this.#body);
  }

  #showKeys() {
    const shown = this.#keys.filter((key) => this.#withEnded.checked || stateOf(key) === "valid");
    if (shown.length === 0) {
      show(this.#body, h("p", { class: "empty" }, this.#keys.length ? "No valid keys." : "There is no key yet."));
      return;
    }
    if (!this.#table.element.isConnected) show(this.#body, this.#table.element);
    this.#table.show(shown);
  }

  /** @param {ApiKey} key */
  async #revoke(key) {
    const own = key.id === this.#own ? " This page is using it right now." : "";
    const sure = await confirm(`Revoke “${key.name}” of ${key.owner}?`, `Whatever uses this key will be refused from now on. This cannot be undone.${own}`, "Revoke key");
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

/** @type {Column[]} */
const COLUMNS = [
  { name: "Key", isHead: true, update: (cell, { hint, name }) => show(cell, name, h("code", { class: "quiet sub" }, hint)) },
  { name: "Owner", update: (cell, { owner }) => setText(cell, owner) },
  { name: "Scopes", update: (cell, { scopes }) => setText(cell, scopes.join(", ")) },
  { name: "State", update: (cell, key) => show(cell, h("span", { class: "badge", "data-status": stateOf(key) }, stateOf(key))) },
  { name: "Created", update: (cell, { created_at }) => setText(cell, formatMoment(created_at)) },
  { name: "Last used", update: (cell, { last_used_at }) => setText(cell, last_used_at ? formatAge(last_used_at) : "never") },
  { name: "Expires or revoked", update: (cell, { expires_at, revoked_at }) => setText(cell, (revoked_at ?? expires_at) === null ? "never" : formatMoment(revoked_at ?? expires_at)) },
];

/**
 * @param {(key: ApiKey) => void} onRevoke
 * @returns {Column}
 */
const revokeColumn = (onRevoke) => ({
  name: "",
  update: (cell, key) => {
    if (stateOf(key) !== "valid") show(cell);
    else if (!cell.firstElementChild) show(cell, h("button", { type: "button", class: "danger", "aria-label": `Revoke ${key.name} of ${key.owner}`, onclick: () => onRevoke(key) }, "Revoke"));
  },
});

/** @param {ApiKey} key */
function stateOf({ expires_at, revoked_at }) {
  if (revoked_at !== null) return "revoked";
  return expires_at !== null && new Date(expires_at) <= new Date() ? "expired" : "valid";
}

customElements.define("keys-page", KeysPage);
