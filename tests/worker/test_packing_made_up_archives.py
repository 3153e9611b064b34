"""Archives made up by chance: whatever comes is packed or refused, and nothing else happens.

Each is made from a number, so one that fails is made again with `make_archive(number)`.
"""

import hashlib
import io

from store.packed_dataset import PackedDataset, PackLimits
from tests.support.archives import hold_pack
from tests.support.fuzzed_archives import make_archive
from worker.archives.errors import ArchiveError
from worker.archives.packing import pack_archive

LIMITS = PackLimits(bytes=10**6, files=200)


def test_each_is_packed_or_refused() -> None:
    outcomes: set[type[object]] = set()
    for number in range(300):
        target = io.BytesIO()
        try:
            packed = pack_archive(io.BytesIO(make_archive(number)), target, LIMITS)
        except ArchiveError as error:
            outcomes.add(type(error))
        else:
            outcomes.add(PackedDataset)
            hold_pack(target.getvalue(), packed.digest)
            assert packed.pack_sha256 == hashlib.sha256(target.getvalue()).hexdigest()
    assert PackedDataset in outcomes
    assert len(outcomes) > 5, "too few of them are refused for reasons of their own"
