"""A change to the source that takes one safeguard out, and the test that must notice."""

from dataclasses import dataclass
from pathlib import Path


class MutantOutdated(Exception):
    """The text that a mutant replaces is not there, or is there twice."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """What is taken out, where, and who notices."""

    name: str
    file: str
    """From the root of the tree."""
    old: str
    """Stands in the file exactly once."""
    new: str
    test: str
    """The address of the test that must fail, as pytest takes it."""

    def mutate(self, tree: Path) -> str:
        """Return the file's text with the safeguard taken out.

        Raises:
            MutantOutdated: the file has changed; the mutant must follow.
        """
        text = (tree / self.file).read_text()
        if text.count(self.old) != 1:
            found = text.count(self.old)
            raise MutantOutdated(f"{self.name}: {self.file} has its text {found} times, not once")
        return text.replace(self.old, self.new)
