/**
 * What is only on paper.
 * @module
 */

/**
 * @param {() => void} before called when the page is about to be printed
 * @param {() => void} after called when it was
 * @returns {() => void} stops calling them
 */
export function whenPrinted(before, after) {
  const paper = matchMedia("print");
  const turn = () => (paper.matches ? before() : after());
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  paper.addEventListener("change", turn);
  return () => {
    removeEventListener("beforeprint", before);
    removeEventListener("afterprint", after);
    paper.removeEventListener("change", turn);
  };
}

/** Open what a reader of the screen could open. */
export function openForPrinting() {
  /** @type {HTMLDetailsElement[]} */
  let opened = [];
  whenPrinted(
    () => {
      const closed = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll("main details:not([open], .chart-table, :has(form, .log))")]);
      closed.forEach((details) => (details.open = true));
      opened = [...opened, ...closed];
    },
    () => {
      opened.forEach((details) => (details.open = false));
      opened = [];
    },
  );
}
