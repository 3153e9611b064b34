/**
 * Runs a page's questions to the service: again and again, through outages, not behind a hidden tab.
 * @module
 */

import { isAborted, isPassing } from "../service/problem.js";
import { freshness } from "./freshness.js";
import { pauseAfter, sleep, untilVisible } from "./waiting.js";

/**
 * @param {AbortSignal} signal ends it
 * @param {(signal: AbortSignal) => Promise<number | null>} ask one round; returns the milliseconds
 *   to the next, or null when there is nothing more to ask. Its signal is given when the tab is hidden.
 * @param {(error: unknown) => void} onRefusal called with an error that trying again will not fix
 */
export async function keepTrying(signal, ask, onRefusal) {
  let failures = 0;
  while (!signal.aborted) {
    const round = new AbortController();
    const rest = () => document.hidden && round.abort();
    document.addEventListener("visibilitychange", rest);
    const whole = AbortSignal.any([signal, round.signal]);
    try {
      const pause = await ask(whole);
      failures = 0;
      if (pause === null) {
        freshness.set("still");
        return;
      }
      freshness.set("live");
      await sleep(pause, whole);
    } catch (error) {
      if (signal.aborted) return;
      if (!isAborted(error)) {
        if (!isPassing(error)) {
          freshness.set("still");
          onRefusal(error);
          return;
        }
        failures += 1;
        freshness.set("lost");
        await sleep(pauseAfter(failures), whole);
      }
    } finally {
      document.removeEventListener("visibilitychange", rest);
    }
    if (document.hidden && !signal.aborted) {
      freshness.set("resting");
      await untilVisible(signal);
    }
  }
}
