"""One digest of all images of a data set: the same whatever folder or archive they are in."""

import hashlib


class ContentDigest:
    """Is told of each image, in the order of their paths in UTF-8."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, path: str, sha256: str) -> None:
        """Take in one image.

        Args:
            path: `train/<class>/…` or `test/<class>/…`, with `/`, in Unicode's form NFC.
            sha256: of the file, in hexadecimal digits.
        """
        # Names on a disk need not be text.
        self._digest.update(f"{sha256} {path}\n".encode("utf-8", "surrogateescape"))

    def hexdigest(self) -> str:
        """Return the digest of all that was taken in."""
        return self._digest.hexdigest()
