/**
 * Reads server-sent events with fetch, which can send a key in a header as EventSource cannot.
 * @module
 */

import { send } from "../service/client.js";
import { unreachable } from "../service/problem.js";

/** @typedef {{name: string, data: string}} Message */

/**
 * @param {string} path
 * @param {{lastId: number, signal: AbortSignal}} options `lastId`: that of the last message there is
 * @returns {AsyncGenerator<Message[]>} those that arrived together; none for a sign of life
 * @throws {Unreachable} the connection broke
 */
export async function* eventStream(path, { lastId, signal }) {
  const headers = { Accept: "text/event-stream", "Last-Event-ID": String(lastId) };
  const response = await send(path, { headers, signal });
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let unfinished = "";
  for (;;) {
    const { value, done } = await reader.read().catch(unreachable("The connection to the service was lost."));
    if (done) return;
    const blocks = (unfinished + value).split("\n\n");
    unfinished = blocks.pop() ?? "";
    yield blocks.flatMap(parse);
  }
}

/**
 * @param {string} block the lines of a message
 * @returns {Message[]} none for a comment
 */
function parse(block) {
  const fields = block.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line) ?? []);
  const data = fields.filter(([, name]) => name === "data").map(([, , value]) => value);
  const name = fields.find(([, field]) => field === "event")?.[2] ?? "message";
  return data.length ? [{ name, data: data.join("\n") }] : [];
}
