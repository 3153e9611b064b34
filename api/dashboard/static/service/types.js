/**
 * What the service answers, by the names that the page gives it.
 * @module
 */

/** @typedef {import("./answers.js").Schemas} Schemas */

/** @typedef {Schemas["Status"]} Status */
/** @typedef {Schemas["SearchBody"]} Search */
/** @typedef {Schemas["SearchSpec"]} SearchSpec */
/** @typedef {Schemas["StageSpec"]} StageSpec */
/** @typedef {Schemas["SignalBody"]} Signal */
/** @typedef {Schemas["AccuracyBody"]} Accuracy */
/** @typedef {Schemas["EpochBody"]} Epoch */
/** @typedef {Schemas["EpochAlphas"]} EpochAlphas */
/** @typedef {Schemas["StageBody"]} Stage */
/** @typedef {Schemas["DroppedOperation"]} DroppedOperation */
/** @typedef {Schemas["EventBody"]} JobEvent */
/** @typedef {Schemas["GenotypeBody"]} Genotype */
/** @typedef {Schemas["EvaluationBody"]} Evaluation */
/** @typedef {Schemas["EvaluationEpochBody"]} EvaluationEpoch */
/** @typedef {Schemas["ResultBody"]} Result */
/** @typedef {Schemas["WholeResultBody"]} WholeResult */
/** @typedef {Schemas["FigureBody"]} MeasuredFigure */
/** @typedef {Schemas["EvaluationDryRun"]} EvaluationPlan */
/** @typedef {Schemas["Cells"]} Cells */
/** @typedef {"normal" | "reduce"} CellKind */
/** @typedef {Cells["normal"][number]} Entry */
/** @typedef {Schemas["DryRunBody"]} Plan */
/** @typedef {Schemas["SpecWarningBody"]} SpecWarning */
/** @typedef {Schemas["PresetBody"]} Preset */
/** @typedef {Schemas["EvaluationPresetBody"]} EvaluationPreset */
/** @typedef {Schemas["DatasetBody"]} Dataset */
/** @typedef {Schemas["DatasetDetails"]} DatasetDetails */
/** @typedef {Schemas["FindingBody"]} Finding */
/** @typedef {Schemas["ClassCountBody"]} ClassCount */
/** @typedef {Schemas["GpuBody"]} Gpu */
/** @typedef {Schemas["WorkerBody"]} Worker */
/** @typedef {Schemas["CapacityBody"]} Capacity */
/** @typedef {Schemas["KeyBody"]} ApiKey */
/** @typedef {Schemas["Scope"]} Scope */
/** @typedef {Schemas["MeBody"]} Me */
/** @typedef {Schemas["Problem"]} ProblemBody */
/** @typedef {Schemas["BadField"]} BadField */

export {};
