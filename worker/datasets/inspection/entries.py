"""Reads one folder at a time, and notes what no image can be read from."""

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from store.image_names import is_hidden, is_image, same_text, shown_name
from worker.datasets.inspection import topics
from worker.datasets.inspection.notes import Notes, Topic


@dataclass(frozen=True, kw_only=True)
class Entries:
    """What lies in a folder, by name. Links have been followed."""

    folders: Sequence[os.DirEntry[str]]
    images: Sequence[os.DirEntry[str]]
    others: Sequence[os.DirEntry[str]]


@dataclass(frozen=True, kw_only=True)
class FolderReader:
    """Reads the folders of a data set."""

    root: Path
    notes: Notes

    def read(self, folder: str) -> Entries:
        """Read a folder, and note what is hidden, broken or oddly named in it."""
        folders: list[os.DirEntry[str]] = []
        images: list[os.DirEntry[str]] = []
        others: list[os.DirEntry[str]] = []
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            self.note(topics.UNREADABLE, folder)
            found = []
        for entry in found:
            if is_hidden(entry.name):
                self.note(topics.JUNK, entry.path)
            elif self._is_there(entry):
                image = is_image(entry.name)
                (folders if entry.is_dir() else images if image else others).append(entry)
        return Entries(folders=folders, images=images, others=others)

    def note(self, topic: Topic, path: str) -> None:
        """Note something about a file or folder."""
        self.notes.add(topic, self.name(path))

    def name(self, path: str) -> str:
        """Return a path within the data set, as text."""
        return shown_name(os.path.relpath(path, self.root))

    def _is_there(self, entry: os.DirEntry[str]) -> bool:
        if not entry.name.isprintable():
            self._tell_name(entry)
        if not entry.is_symlink() and (entry.is_dir() or entry.is_file()):
            return True  # told without asking the disk, for nearly all
        try:
            entry.stat()
        except OSError as error:
            leads_nowhere = entry.is_symlink() and error.errno in {errno.ENOENT, errno.ELOOP}
            self.note(topics.DANGLING if leads_nowhere else topics.UNREADABLE, entry.path)
            return False
        if not (entry.is_dir() or entry.is_file()):
            self.note(topics.NO_FILE, entry.path)
            return False
        if entry.is_symlink():
            self.note(topics.LINKED, entry.path)
        return True

    def _tell_name(self, entry: os.DirEntry[str]) -> None:
        try:
            same_text(entry.name).encode()
        except UnicodeEncodeError:
            self.note(topics.NAME_NO_TEXT, entry.path)
        else:
            self.note(topics.NAME_UNPRINTABLE, entry.path)
