/**
 * The start of the page: its frame, and which element shows which address.
 * @module
 */

import "./components/app-frame.js";
import { setUpKeyDialog } from "./components/key-dialog.js";
import { h } from "./lib/dom.js";
import { startRouter } from "./lib/router.js";
import "./pages/compare-page.js";
import "./pages/genotype-page.js";
import "./pages/genotypes-page.js";
import "./pages/keys-page.js";
import "./pages/missing-page.js";
import "./pages/new-search-page.js";
import "./pages/search-genotypes-page.js";
import "./pages/search-page.js";
import "./pages/searches-page.js";
import "./pages/workers-page.js";

const frame = /** @type {import("./components/app-frame.js").AppFrame} */ (
  /** @type {unknown} */ (h("app-frame"))
);
document.body.append(frame);
setUpKeyDialog();
startRouter(
  frame.place,
  [
    { pattern: [], tag: "searches-page" },
    { pattern: ["new"], tag: "new-search-page" },
    { pattern: ["compare"], tag: "compare-page" },
    { pattern: ["workers"], tag: "workers-page" },
    { pattern: ["genotypes"], tag: "genotypes-page" },
    { pattern: ["genotypes", ":id"], tag: "genotype-page" },
    { pattern: ["keys"], tag: "keys-page" },
    { pattern: ["searches", ":id"], tag: "search-page" },
    { pattern: ["searches", ":id", "genotypes"], tag: "search-genotypes-page" },
  ],
  () => frame.markPage(),
);
