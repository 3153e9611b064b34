/**
 * The workers and what each of them does.
 * @module
 */

import "../components/capacity-strip.js";
import { confirm } from "../components/confirm.js";
import { notice } from "../components/notice.js";
import { Page } from "../components/page.js";
import { h, reconcile, setText, show } from "../lib/dom.js";
import { formatAge, formatBytes, formatMoment } from "../lib/format.js";
import { searchPage } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { getJson, send } from "../service/client.js";

/** @typedef {import("../service/types.js").Worker} Worker */

const BETWEEN_LOOKS = 5_000;
const COLUMNS = ["Worker", "State", "Device", "Memory", "Search", "Last sign of life", "Version", ""];

class WorkersPage extends Page {
  #strip = /** @type {any} */ (h("capacity-strip"));
  #rows = h("tbody");
  #trouble = h("div");
  #body = h("div");
  #stop = () => {};

  start() {
    setTitle("Workers");
    show(this, h("h1", {}, "Workers"), this.#strip, this.#trouble, this.#body);
    this.#follow();
  }

  #follow() {
    this.#stop();
    this.#stop = this.keepAsking((signal) => this.#ask(signal), this.#body);
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const [workers, capacity] = await Promise.all([getJson("workers", { signal }), getJson("capacity", { signal })]);
    this.#strip.capacity = capacity;
    this.#show(workers.data);
    return BETWEEN_LOOKS;
  }

  /** @param {Worker[]} workers the living first */
  #show(workers) {
    if (workers.length === 0) {
      show(this.#body, h("p", { class: "card empty" }, "No worker has been seen. ", h("code", {}, "make up"), " starts one with the service, ", h("code", {}, "pdarts worker"), " another."));
      return;
    }
    if (!this.#rows.isConnected) show(this.#body, table(this.#rows));
    const livingFirst = [...workers].sort((a, b) => Number(b.alive) - Number(a.alive));
    reconcile(this.#rows, livingFirst, (worker) => worker.id, row, (element, worker) => update(element, worker, () => this.#move(worker)));
  }

  /**
   * Have a worker stop taking searches, or take them again.
   * @param {Worker} worker
   */
  async #move({ id, name, draining }) {
    const question = `Drain ${name}?`;
    const consequence = "It gives its search back, which another worker goes on with, and takes no other until it is told to.";
    if (!draining && !(await confirm(question, consequence, "Drain the worker"))) return;
    try {
      await send(`workers/${id}/${draining ? "undrain" : "drain"}`, { method: "POST" });
      show(this.#trouble);
    } catch (error) {
      show(this.#trouble, notice(error));
    }
    this.#follow();
  }
}

/** @param {Element} rows */
function table(rows) {
  const head = h("thead", {}, h("tr", {}, COLUMNS.map((name) => (name ? h("th", { scope: "col" }, name) : h("td", {})))));
  return h("div", { class: "card table-card" }, h("table", { class: "stacked" }, h("caption", { class: "off-screen" }, "Workers"), head, rows));
}

function row() {
  const cells = COLUMNS.slice(1).map((name) => h("td", name ? { "data-label": name } : {}));
  return h("tr", {}, h("th", { scope: "row" }), cells);
}

/**
 * @param {HTMLElement} element
 * @param {Worker} worker
 * @param {() => void} move
 */
function update(element, worker, move) {
  const [name, state, device, memory, search, beat, version, action] = /** @type {HTMLElement[]} */ ([...element.children]);
  element.classList.toggle("faded", !worker.alive);
  show(name, worker.name, h("span", { class: "quiet sub" }, worker.host));
  show(state, h("span", { class: "badge", "data-status": stateOf(worker) }, stateOf(worker)));
  show(device, worker.device_name, h("span", { class: "quiet sub" }, worker.device));
  setText(memory, formatBytes(worker.memory_bytes));
  const isKnown = search.firstElementChild?.getAttribute("href") === (worker.search && searchPage(worker.search));
  if (!isKnown || !worker.search) show(search, worker.search ? h("a", { href: searchPage(worker.search) }, "its search") : "–");
  setText(beat, formatAge(worker.last_beat_at));
  beat.title = formatMoment(worker.last_beat_at);
  setText(version, worker.version);
  showMove(action, worker, move);
}

/**
 * @param {HTMLElement} place
 * @param {Worker} worker
 * @param {() => void} move
 */
function showMove(place, { alive, draining, name }, move) {
  const verb = alive ? (draining ? "Take searches" : "Drain") : "";
  if (place.dataset.verb === verb) return;
  place.dataset.verb = verb;
  show(place, verb && h("button", { type: "button", "aria-label": `${verb}: ${name}`, onclick: move }, verb));
}

/** @param {Worker} worker */
function stateOf({ alive, draining, busy }) {
  if (!alive) return "gone";
  if (draining) return "draining";
  return busy ? "busy" : "idle";
}

customElements.define("workers-page", WorkersPage);
