"""Which formats of images are read depends on what is installed."""

import subprocess
import sys

from store.image_folder import IMAGE_FORMATS

WITHOUT_PLUGIN = """
import sys
sys.modules["pillow_heif"] = None
from store.image_folder import IMAGE_FORMATS
print(*IMAGE_FORMATS)
"""


def test_heic_is_left_out_where_nothing_reads_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_PLUGIN], check=True, capture_output=True, text=True
    )
    assert told.stdout.split() == [name for name in IMAGE_FORMATS if name != "HEIF"]
    assert "HEIF" in IMAGE_FORMATS
