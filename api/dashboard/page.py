"""The document that every address under /ui answers with; its script does the rest."""

from html import escape

from api.dashboard.assets import Assets
from pdarts_core.genotype import PRIMITIVES
from pdarts_core.pruning import COLLAPSED_SKIP_CONNECTS
from store.image_names import IMAGE_SUFFIXES

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""What the page may do: run its own files and ask its own service, but never run text."""

_BEFORE_PAINT = "theme.js"
"""Runs before anything is shown, so that a dark page does not flash white."""
_START = "main.js"


def render_page(assets: Assets, *, static_url: str) -> str:
    """Return the document.

    Args:
        assets: the files.
        static_url: where they lie, digest included, without a slash at the end.
    """
    url = escape(static_url)
    styles = "".join(
        f'<link rel="stylesheet" href="{url}/{path}">\n' for path in assets.paths("css")
    )
    modules = [path for path in assets.paths("js") if path != _BEFORE_PAINT]
    preloads = "".join(f'<link rel="modulepreload" href="{url}/{path}">\n' for path in modules)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>P-DARTS</title>
<link rel="icon" href="{url}/icon.svg" type="image/svg+xml">
<script src="{url}/{_BEFORE_PAINT}"></script>
{styles}{preloads}<script type="module" src="{url}/{_START}"></script>
</head>
<body data-operations="{escape(" ".join(PRIMITIVES))}" data-collapse="{COLLAPSED_SKIP_CONNECTS}" \
data-images="{" ".join(sorted(IMAGE_SUFFIXES))}">
<noscript>This page needs JavaScript. Without it, use the command pdarts, or curl: /openapi.json \
describes every operation.</noscript>
</body>
</html>
"""
