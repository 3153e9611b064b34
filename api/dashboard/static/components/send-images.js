/**
 * Makes a data set of a folder or an archive: chosen or dropped, then sent in parts.
 * @module
 */

import { nameFault, sourceOfDrop, sourceOfFile, sourceOfFolder } from "../datasets/chosen.js";
import { h, part, setText, show } from "../lib/dom.js";
import { formatBytes, formatNumberOf } from "../lib/format.js";
import { datasetPage } from "../lib/paths.js";
import { navigate } from "../lib/router.js";
import { getAll, getJson } from "../service/client.js";
import { whoAmI } from "../service/me.js";
import { isAborted, Problem } from "../service/problem.js";
import { forgetBegun, readBegun } from "../service/begun.js";
import { requestKey, untilDone, Upload } from "../service/upload.js";
import { confirm } from "./confirm.js";
import { faultsOf, notices } from "./notice.js";
import { fillProgress, progressBar } from "./progress-bar.js";

/** @typedef {import("../datasets/chosen.js").Source} Source */

/** @type {[portion: string, words: string][]} */
const PORTIONS = [["0", "none"], ["0.1", "10% of each class"], ["0.2", "20% of each class"], ["0.3", "30% of each class"]];

export class SendImages extends HTMLElement {
  #left = new AbortController();
  /** Of what is being read or sent. */
  #work = new AbortController();
  #isBusy = false;
  /** @type {Source | null} */
  #source = null;
  /** @type {Upload | null} */
  #upload = null;
  #folder = h("input", { type: "file", webkitdirectory: true, hidden: true, onchange: () => this.#takeFolder() });
  #archive = h("input", { type: "file", hidden: true, onchange: () => this.#takeArchive() });
  #name = h("input", { id: "dataset-name", autocomplete: "off", spellcheck: "false", "aria-describedby": "dataset-name-error" });
  #nameFault = h("span", { class: "field-error", id: "dataset-name-error" });
  #portion = h("select", { id: "dataset-portion", "aria-describedby": "dataset-portion-hint" }, PORTIONS.map(([value, words]) => h("option", { value }, words)));
  #submit = h("button", { class: "primary" }, "Send");
  #cancel = h("button", { type: "button", onclick: () => this.#work.abort() }, "Cancel");
  #bar = progressBar();
  #come = h("span", { class: "quiet" });
  #passing = h("p", { class: "quiet", role: "status" });
  #body = h("div");
  #trouble = h("div");

  async connectedCallback() {
    const { signal } = (this.#left = new AbortController());
    addEventListener("dragover", (event) => this.#onDrag(event), { signal });
    addEventListener("dragleave", (event) => event.relatedTarget === null && this.removeAttribute("data-over"), { signal });
    addEventListener("drop", (event) => this.#onDrop(event), { signal });
    addEventListener("beforeunload", (event) => this.#isBusy && event.preventDefault(), { signal });
    this.classList.add("card");
    show(this, h("h2", {}, "Send images"), this.#folder, this.#archive, this.#body, this.#trouble);
    this.#showChoice();
    const me = await whoAmI().catch(() => null);
    if (me === null || me.scopes.some((scope) => scope !== "read") || signal.aborted) return;
    this.#left.abort();
    show(this, h("p", { class: "quiet" }, "Your key cannot send data sets: it lacks the scope “submit”. An admin can create one that has it."));
  }

  disconnectedCallback() {
    this.#left.abort();
    this.#work.abort();
    this.#forget();
  }

  #forget() {
    this.#source = null;
    this.#upload?.remove();
    this.#upload = null;
  }

  #showChoice() {
    this.#folder.value = this.#archive.value = "";
    const begun = readBegun();
    show(
      this.#body,
      h("p", {}, "A folder that contains ", h("code", {}, "train/"), " and, if you have images to test with, ", h("code", {}, "test/"), ", each with a folder for every class; or a zip or tar file of it. Drop it here, or choose it:"),
      h("div", { class: "row" }, h("button", { type: "button", onclick: () => this.#folder.click() }, "Choose a folder…"), h("button", { type: "button", onclick: () => this.#archive.click() }, "Choose an archive…")),
      begun && h("p", { class: "quiet" }, `“${begun.file}” was only partly sent. Choose it again to continue where it stopped.`),
    );
  }

  /** Show what was chosen, with a name that it could have. @param {Source} source */
  #showChosen(source) {
    show(
      this.#body,
      h(
        "form",
        { class: "key-form", novalidate: true, onsubmit: (/** @type {Event} */ event) => this.#submitForm(event) },
        h("p", {}, h("strong", {}, source.words)),
        h(
          "div",
          { class: "form-grid" },
          h("div", { class: "field" }, h("label", { for: "dataset-name" }, "Name"), this.#name, this.#nameFault),
          h("div", { class: "field" }, h("label", { for: "dataset-portion" }, "Set aside for testing"), this.#portion, h("span", { class: "hint", id: "dataset-portion-hint" }, "Used only if the data set has no test images")),
        ),
        h("div", { class: "row" }, this.#submit, h("button", { type: "button", onclick: () => this.#startOver() }, "Choose something else")),
      ),
    );
  }

  #startOver() {
    this.#forget();
    show(this.#trouble);
    this.#showChoice();
    part(this.#body, "button").focus();
  }

  /** @param {DragEvent} event */
  #onDrag(event) {
    if (event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    this.setAttribute("data-over", "");
  }

  /** @param {DragEvent} event */
  #onDrop(event) {
    if (event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    this.removeAttribute("data-over");
    if (this.#isBusy) return;
    // The list is empty once this function has returned.
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
    this.#take((signal) => sourceOfDrop(entries, signal, (files) => setText(this.#come, `Looking through the folder: ${formatNumberOf(files, "file")}`)));
  }

  #takeFolder() {
    const { files } = this.#folder;
    if (files?.length) this.#take(async () => sourceOfFolder(files));
  }

  #takeArchive() {
    const file = this.#archive.files?.[0];
    if (file) this.#take(async () => sourceOfFile(file));
  }

  /** @param {(signal: AbortSignal) => Promise<Source>} find */
  async #take(find) {
    this.#forget();
    await this.#busy([this.#come, this.#cancel], async (signal) => {
      this.#source = await find(signal);
      this.#name.value = this.#source.name;
    });
    if (this.#source) this.#name.focus();
  }

  /** @param {Event} event */
  async #submitForm(event) {
    event.preventDefault();
    const name = this.#name.value.trim();
    this.#showNameFault(nameFault(name));
    if (this.#source === null || this.#isBusy || nameFault(name)) return;
    const source = this.#source;
    await this.#busy([this.#bar, this.#come, this.#passing, this.#cancel], async (signal) => {
      if (await this.#mayHave(name, signal)) await this.#send(source, name, signal);
    });
  }

  /** @param {string} fault */
  #showNameFault(fault) {
    setText(this.#nameFault, fault);
    if (fault) this.#name.setAttribute("aria-invalid", "true");
    else this.#name.removeAttribute("aria-invalid");
    if (fault) this.#name.focus();
  }

  /**
   * Ask before anything is sent: images of many gigabytes are not to be refused for their name.
   * @param {string} name
   * @param {AbortSignal} signal
   */
  async #mayHave(name, signal) {
    const all = await getAll("datasets", { signal, limit: 1000 });
    const known = all.find((one) => one.name.normalize("NFC") === name.normalize("NFC"));
    if (known === undefined) return true;
    if (known.kind === "sent") return confirm(`Replace the images of “${name}”?`, "You have sent a data set of this name before. Its images are deleted once the new ones have arrived.", "Replace images");
    throw new Error(`“${name}” is a data set shared by everyone. Choose another name.`);
  }

  /**
   * @param {Source} source
   * @param {string} name
   * @param {AbortSignal} signal
   */
  async #send(source, name, signal) {
    const onTrouble = (/** @type {string} */ words) => setText(this.#passing, words);
    const onProgress = (/** @type {number} */ bytes) => {
      fillProgress(this.#bar, bytes / source.size, `Progress of ${name}`);
      setText(this.#come, `${formatBytes(bytes)} of ${formatBytes(source.size)} sent. Stay on this page until everything is sent. If you have to reload it, choose the same folder or archive again to continue.`);
    };
    this.#upload ??= new Upload(source);
    const upload = await this.#upload.send(signal, onProgress, onTrouble);
    setText(this.#come, "Everything is sent. The service is unpacking it…");
    const body = { name, upload, test_portion: Number(this.#portion.value) };
    const headers = requestKey();
    await untilDone(signal, () => getJson("datasets", { method: "POST", body, headers, signal }), onTrouble);
    forgetBegun();
    this.#source = this.#upload = null;
    navigate(datasetPage(name.normalize("NFC")));
  }

  /**
   * Do something that takes its time, once, and show what stopped it.
   * @param {HTMLElement[]} shown meanwhile
   * @param {(signal: AbortSignal) => Promise<void>} act
   */
  async #busy(shown, act) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { signal } = (this.#work = new AbortController());
    show(this.#trouble);
    setText(this.#come, "");
    setText(this.#passing, "");
    fillProgress(this.#bar, 0, "Progress");
    // What is below stays where it is, or the second click of a double-click would hit it.
    this.#body.style.minHeight = `${this.#body.offsetHeight}px`;
    show(this.#body, h("div", { class: "sending" }, shown));
    this.#cancel.focus();
    try {
      await act(signal);
    } catch (error) {
      this.#tell(error);
    } finally {
      this.#isBusy = false;
      this.#body.style.minHeight = "";
    }
    if (!this.isConnected) return;
    if (this.#source) this.#showChosen(this.#source);
    else this.#showChoice();
    (this.#source ? this.#submit : part(this.#body, "button")).focus();
  }

  /** @param {unknown} error */
  #tell(error) {
    // What is whole but was refused is not sent again: another name may do.
    if (isAborted(error) || (error instanceof Problem && error.status === 404) || faultsOf(error).some(({ pointer }) => pointer === "/upload")) {
      this.#upload?.remove();
      this.#upload = null;
    }
    if (isAborted(error)) return;
    show(this.#trouble, notices(error));
  }
}

customElements.define("send-images", SendImages);
