/**
 * Waiting: for time, for the reader to look, with longer pauses while the service is away.
 * @module
 */

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>} early when the signal is given
 */
export function sleep(milliseconds, signal) {
  return new Promise((wake) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      wake();
    }
    signal.addEventListener("abort", done);
  });
}

/**
 * Return at once where the tab is seen, else when it is.
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function untilVisible(signal) {
  return new Promise((wake) => {
    function look() {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      signal.removeEventListener("abort", look);
      wake();
    }
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
    look();
  });
}

/**
 * The pause before another try, longer each time; a share of it by chance, so that pages do not
 * come back all at once.
 * @param {number} failures at least 1
 */
export function pauseAfter(failures) {
  const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
  return pause * (0.75 + Math.random() / 2);
}
