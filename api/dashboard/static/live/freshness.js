/**
 * How old what the page shows is: written by whoever asks the service, read by whoever says so.
 * @module
 */

/** @typedef {"loading" | "live" | "lost" | "resting" | "still"} Connection */

class Freshness extends EventTarget {
  /** @type {Connection} */
  connection = "loading";
  /** When the service last answered, in milliseconds. */
  answeredAt = Date.now();

  /** @param {Connection} connection `still`: what is shown no longer changes */
  set(connection) {
    if (connection === "live" || connection === "still") this.answeredAt = Date.now();
    this.connection = connection;
    this.dispatchEvent(new Event("change"));
  }
}

export const freshness = new Freshness();
