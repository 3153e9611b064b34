/**
 * The page of one job, live: what those of all kinds share.
 * @module
 */

import { h, setText, show } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";
import { pageUrl } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { EventList } from "./event-list.js";
import { JobActions } from "./job-actions.js";
import { JobFacts } from "./job-facts.js";
import { Page } from "./page.js";
import { progressBar, showProgress } from "./progress-bar.js";
import { specDetails } from "./spec-details.js";
import { showStatus, statusBadge } from "./status-badge.js";

/** @typedef {import("../jobs/kind.js").Job} Job */

/**
 * @template {Job} J
 * @template {import("../live/job-feed.js").JobFeed<J>} F
 */
export class JobPage extends Page {
  #kind;
  #makeFeed;
  #name = h("h1");
  #badge = statusBadge();
  #sentence = h("p", { class: "sentence" });
  #facts = h(JobFacts, { class: "quiet" });
  #fault = h("div");
  #actions = h(JobActions);
  #events = h(EventList, { class: "card" });
  #spec = h("div");
  #shownSpec = "";
  #stop = () => {};
  /** How far it is. */
  bar = progressBar();

  /**
   * @param {import("../jobs/kind.js").Kind<J>} kind
   * @param {(id: string) => F} makeFeed
   */
  constructor(kind, makeFeed) {
    super();
    this.#kind = kind;
    this.#makeFeed = makeFeed;
    this.feed = makeFeed("");
  }

  start() {
    setTitle(this.#kind.noun.replace(/^./, (first) => first.toUpperCase()));
    this.feed = this.#makeFeed(this.address.id);
    this.#actions.onChange = () => this.#follow();
    this.#follow();
  }

  /**
   * What stands between what the job is and its events; asked once.
   * @param {J} _job
   * @returns {(Element | false)[]}
   */
  partsOf(_job) {
    return [];
  }

  /**
   * Where it stands, in a sentence.
   * @param {J} _job
   */
  sentenceOf(_job) {
    return "";
  }

  /**
   * Show what only jobs of its kind have.
   * @param {J} _job
   */
  showOwn(_job) {}

  #follow() {
    this.#stop();
    this.#stop = this.keepAsking((signal) => this.feed.ask(signal, () => this.#showNews()));
  }

  #showNews() {
    const { events, job, path } = this.feed;
    if (!job) return;
    const kind = this.#kind;
    if (!this.#name.isConnected) this.#lay(job);
    setTitle(job.status === "running" ? `${formatPercent(job.progress.fraction, 0)} ${kind.nameOf(job)}` : kind.nameOf(job));
    setText(this.#name, kind.nameOf(job));
    showStatus(this.#badge, job.status);
    setText(this.#sentence, this.sentenceOf(job));
    show(this.#fault, job.error && h("p", { class: "notice", role: "alert" }, h("strong", {}, job.error.code.replaceAll("_", " ")), `: ${job.error.message}`));
    this.#facts.showJob(kind, job);
    showProgress(this.bar, kind, job);
    this.#actions.showJob(kind, job);
    this.#events.showEvents(path, events);
    if (job.status === "failed") this.#events.openLog();
    this.#showSpec(job);
    this.showOwn(job);
  }

  /** @param {J} job */
  #showSpec(job) {
    const state = JSON.stringify([job.spec, job.attempts]);
    if (state === this.#shownSpec) return;
    this.#shownSpec = state;
    const isOpen = this.#spec.querySelector("details")?.open;
    const details = specDetails(job);
    details.open = isOpen ?? false;
    show(this.#spec, details);
  }

  /** @param {J} job */
  #lay(job) {
    show(
      this,
      h("p", { class: "crumbs" }, h("a", { href: pageUrl(this.#kind.list) }, this.#kind.listName)),
      h("div", { class: "page-head" }, h("div", { class: "title-row" }, this.#name, this.#badge), this.#actions),
      this.#facts,
      this.#sentence,
      this.#fault,
      ...this.partsOf(job),
      this.#events,
      this.#spec,
    );
  }
}
