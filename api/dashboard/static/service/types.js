/**
 * What the service answers, as the OpenAPI document describes it.
 * @module
 */

/** @typedef {"queued" | "running" | "pausing" | "paused" | "cancelling" | "cancelled" | "succeeded" | "failed"} Status */
/** @typedef {"normal" | "reduce"} CellKind */

/**
 * @typedef {object} StageSpec
 * @property {number} layers
 * @property {number} num_to_keep
 * @property {number} dropout_rate
 * @property {number} add_width
 * @property {number} epochs
 * @property {number} warmup_epochs
 */

/** @typedef {{dataset: string, preset: string, name: string | null, metadata: Record<string, unknown>, priority: number, seed: number, max_skip_connects: number, stages: StageSpec[]} & Record<string, unknown>} Spec */

/** @typedef {{fraction: number, stage: number | null, stages: number, epoch: number | null, epochs: number | null, phase: string | null, eta: string | null}} Progress */

/**
 * @typedef {object} Search
 * @property {string} id
 * @property {Status} status
 * @property {Spec} spec
 * @property {Progress} progress
 * @property {number} attempt
 * @property {string | null} worker
 * @property {{code: string, message: string} | null} error
 * @property {number | null} best_accuracy
 * @property {number | null} skip_connects
 * @property {string} created_at
 * @property {string | null} started_at
 * @property {string | null} finished_at
 */

/**
 * @typedef {object} Epoch
 * @property {number} stage
 * @property {number} epoch
 * @property {string} phase
 * @property {number} train_loss
 * @property {number} train_accuracy
 * @property {number | null} valid_loss
 * @property {number | null} valid_accuracy
 * @property {number} seconds
 * @property {number} images_per_second
 */

/** @typedef {{edge: number, source: number, node: number, operation: string, probability: number, margin: number}} DroppedOperation */
/** @typedef {{alphas: number[][] | null, kept_before: string[][], kept_after: string[][] | null, dropped: DroppedOperation[]}} StageCell */
/** @typedef {{stage: number, layers: number, epochs: number, parameters: number, finished_at: string | null, normal: StageCell, reduce: StageCell}} Stage */
/** @typedef {{epoch: number, skip_connects: number, normal: number[][], reduce: number[][]}} EpochAlphas */
/** @typedef {{seq: number, type: string, level: "info" | "warning" | "error", message: string, time: string, data: Record<string, any>}} SearchEvent */

/** @typedef {[string, number]} Entry */
/** @typedef {{normal: Entry[], reduce: Entry[], normal_concat: number[], reduce_concat: number[]}} Cells */

/**
 * @typedef {object} Genotype
 * @property {string} id
 * @property {Cells} genotype
 * @property {number | null} skip_limit
 * @property {number | null} skip_limit_reduce
 * @property {number} skip_connects
 * @property {number} skip_connects_reduce
 * @property {boolean} recommended
 * @property {"search" | "derived" | "imported"} origin
 * @property {string | null} name
 * @property {{parameters: number, multiply_adds: number}} network
 * @property {{search_id: string, seed: number} | null} provenance
 * @property {string} created_at
 * @property {{normal: number[], reduce: number[]} | null} edge_weights
 * @property {string} python
 */

/** @typedef {{id: string, name: string, host: string, device: string, device_name: string, memory_bytes: number, version: string, alive: boolean, draining: boolean, busy: boolean, search: string | null, started_at: string, last_beat_at: string}} Worker */
/** @typedef {{id: string, owner: string, name: string, hint: string, scopes: string[], created_at: string, expires_at: string | null, revoked_at: string | null, last_used_at: string | null}} ApiKey */
/** @typedef {{workers: number, busy: number, idle: number, queued: number, next_start_at: string | null}} Capacity */

export {};
