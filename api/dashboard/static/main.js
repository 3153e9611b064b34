/**
 * The start of the page: its frame, and which page shows which address.
 * @module
 */

import { AppFrame } from "./components/app-frame.js";
import { setUpKeyDialog } from "./components/key-dialog.js";
import { EVALUATION, SEARCH, SEARCH_FORM } from "./jobs/kind.js";
import { h } from "./lib/dom.js";
import { DATASETS } from "./lib/paths.js";
import { openForPrinting } from "./lib/printing.js";
import { startRouter } from "./lib/router.js";
import { CompareEvaluationsPage } from "./pages/compare-evaluations-page.js";
import { ComparePage } from "./pages/compare-page.js";
import { DatasetPage } from "./pages/dataset-page.js";
import { DatasetsPage } from "./pages/datasets-page.js";
import { EvaluationPage } from "./pages/evaluation-page.js";
import { EvaluationsPage } from "./pages/evaluations-page.js";
import { GenotypePage } from "./pages/genotype-page.js";
import { GenotypesPage } from "./pages/genotypes-page.js";
import { KeysPage } from "./pages/keys-page.js";
import { MissingPage } from "./pages/missing-page.js";
import { NewSearchPage } from "./pages/new-search-page.js";
import { SearchGenotypesPage } from "./pages/search-genotypes-page.js";
import { SearchPage } from "./pages/search-page.js";
import { SearchesPage } from "./pages/searches-page.js";
import { WorkersPage } from "./pages/workers-page.js";

const frame = h(AppFrame);
document.body.append(frame);
setUpKeyDialog();
openForPrinting();
startRouter(
  frame.place,
  [
    { pattern: [], page: SearchesPage },
    { pattern: [SEARCH_FORM], page: NewSearchPage },
    { pattern: ["compare"], page: ComparePage },
    { pattern: ["compare-evaluations"], page: CompareEvaluationsPage },
    { pattern: ["workers"], page: WorkersPage },
    { pattern: [DATASETS], page: DatasetsPage },
    { pattern: [DATASETS, ":id"], page: DatasetPage },
    { pattern: ["genotypes"], page: GenotypesPage },
    { pattern: ["genotypes", ":id"], page: GenotypePage },
    { pattern: ["keys"], page: KeysPage },
    { pattern: [SEARCH.path, ":id"], page: SearchPage },
    { pattern: [SEARCH.path, ":id", "genotypes"], page: SearchGenotypesPage },
    { pattern: [EVALUATION.list], page: EvaluationsPage },
    { pattern: [EVALUATION.path, ":id"], page: EvaluationPage },
  ],
  MissingPage,
  () => frame.markPage(),
);
