"""Calls about data sets: those that all owners share, and your own."""

from pathlib import Path
from urllib.parse import quote

from cli.client.binding import asks, lists
from cli.client.call import Call, as_bytes, as_model, as_page, delete, get, post, put
from cli.client.model import Page
from cli.client.models import Dataset, DatasetDetails

_PACK_SECONDS = 3600.0
"""How long the service may take to look through an archive."""


class DatasetCalls:
    """Calls about data sets."""

    @lists
    def list_datasets(self, *, page_size: int | None = None) -> Call[Page[Dataset]]:
        """List the data sets that a spec can name: shared ones, and your own."""
        return get("/datasets", as_page(Dataset), limit=page_size)

    @asks
    def get_dataset(self, name: str) -> Call[DatasetDetails]:
        """Read what is known about a data set, and what its check found."""
        return get(_path(name), as_model(DatasetDetails))

    @asks
    def put_dataset(self, name: str, archive: Path | str) -> Call[DatasetDetails]:
        """Send a data set as one zip or tar file; its check is queued.

        For a file of gigabytes, send it in parts (`create_upload`) and then `create_dataset`.

        Args:
            name: the data set's. Images that you sent under it before are replaced.
            archive: the file, with `train/<class>/…` and, if there are any, `test/<class>/…`.
        """
        return put(_path(name), as_model(DatasetDetails), Path(archive), wait_seconds=_PACK_SECONDS)

    @asks
    def create_dataset(
        self,
        name: str,
        upload_id: str,
        *,
        test_portion: float | None = None,
        idempotency_key: str | None = None,
    ) -> Call[DatasetDetails]:
        """Make a data set of an archive that was sent in parts; its check is queued.

        Args:
            name: the data set's. Images that you sent under it before are replaced.
            upload_id: the upload's, which is used up.
            test_portion: of each class's images, set aside to test with where there are no test
                images; None for none.
            idempotency_key: your own key for this request.
        """
        return post(
            "/datasets",
            as_model(DatasetDetails),
            body={"name": name, "upload": upload_id}
            | ({} if test_portion is None else {"test_portion": test_portion}),
            idempotency_key=idempotency_key,
            wait_seconds=_PACK_SECONDS,
        )

    @asks
    def check_dataset(
        self, name: str, *, idempotency_key: str | None = None
    ) -> Call[DatasetDetails]:
        """Have a data set's images looked through again.

        Args:
            name: the data set's.
            idempotency_key: your own key for this request.
        """
        path = f"{_path(name)}/check"
        return post(path, as_model(DatasetDetails), idempotency_key=idempotency_key)

    @asks
    def get_samples(self, name: str, label: str | None = None) -> Call[bytes]:
        """Read a picture (PNG) of some images of each class, or of one, as a network sees them."""
        return get(f"{_path(name)}/samples", as_bytes, **{"class": label})

    @asks
    def delete_dataset(self, name: str) -> Call[None]:
        """Delete a data set that you sent, unless a job that has not ended uses it."""
        return delete(_path(name))


def _path(name: str) -> str:
    return f"/datasets/{quote(name, safe='')}"
