"""Takes safeguards out, one at a time, and shows that a test notices: `python -m tests.mutants`.

Each mutant is tried in a copy of the tree. Exit code 0: all tests pass on the copy as it is, and
for every mutant its test fails. Names, or parts of them, choose among the mutants. Exit code 2: no
mutant has such a name.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]
_PASSED, _FAILED = 0, 1
"""Exit codes of pytest; all others mean that it could not run the tests."""


class Fate(StrEnum):
    NOTICED = "noticed"
    SURVIVED = "SURVIVED"
    BROKEN = "its test cannot run"


@contextmanager
def copy_of_tree() -> Iterator[Path]:
    """Yield a copy of all files that git knows or would take in."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(listing, cwd=ROOT, text=True).split("\0")
    with tempfile.TemporaryDirectory(prefix="pdarts-mutants-") as folder:
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, Path(folder) / name)
        yield Path(folder)


def run_tests(tree: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run tests of a tree, on the code of that tree."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    # Compiled code would outlive a mutant of the same length.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree)}
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


def try_out(mutant: Mutant, tree: Path) -> Fate:
    """Take the safeguard out, run the test, and put it back."""
    path = tree / mutant.file
    sound = path.read_text()
    path.write_text(mutant.mutate(tree))
    try:
        code = run_tests(tree, [mutant.test]).returncode
    finally:
        path.write_text(sound)
    return {_PASSED: Fate.SURVIVED, _FAILED: Fate.NOTICED}.get(code, Fate.BROKEN)


def main(words: Sequence[str]) -> int:
    chosen = [m for m in MUTANTS if not words or any(word in m.name for word in words)]
    if not chosen:
        print(f"No mutant has any of {', '.join(words)} in its name.")
        return 2
    with copy_of_tree() as tree:
        sound = run_tests(tree, sorted({mutant.test for mutant in chosen}))
        if sound.returncode != _PASSED:
            print(sound.stdout, "The tests do not pass without a mutant.", sep="\n")
            return 1
        print(f"{len(chosen)} mutants; without them, their tests pass")
        fates = []
        for mutant in chosen:
            fates.append(try_out(mutant, tree))
            test = mutant.test.removeprefix("tests/")
            print(f"{fates[-1]:<9} {mutant.name:<50} {test}", flush=True)
    print(f"{fates.count(Fate.NOTICED)} of {len(fates)} noticed")
    return 0 if set(fates) == {Fate.NOTICED} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
