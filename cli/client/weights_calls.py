"""Calls about trained weights: what evaluations begin with, or only test."""

from pathlib import Path

from cli.client.binding import asks, lists
from cli.client.call import Call, as_model, as_page, delete, get, post
from cli.client.model import Page
from cli.client.models import Weights

_LOOK_SECONDS = 180.0
"""How long the service may take to look into a file, when others have sent some too."""


class WeightsCalls:
    """Calls about trained weights."""

    @asks
    def push_weights(
        self, file: Path | str, *, name: str | None = None, idempotency_key: str | None = None
    ) -> Call[Weights]:
        """Send a file of weights: a `.pt` or `.pth` file, or one of safetensors.

        It is read a piece at a time. The service keeps the same file once.

        Args:
            file: where it is.
            name: for people; by default the file's own.
            idempotency_key: your own key for this request.
        """
        path = Path(file)
        return post(
            "/weights",
            as_model(Weights),
            file=path,
            params={"name": path.name if name is None else name},
            idempotency_key=idempotency_key,
            wait_seconds=_LOOK_SECONDS,
        )

    @lists
    def list_weights(self, *, page_size: int | None = None) -> Call[Page[Weights]]:
        """List your weights, the newest first.

        Args:
            page_size: how many to ask for at a time.
        """
        return get("/weights", as_page(Weights), limit=page_size)

    @asks
    def get_weights(self, weights_id: str) -> Call[Weights]:
        """Read what is known of a file of weights."""
        return get(f"/weights/{weights_id}", as_model(Weights))

    @asks
    def delete_weights(self, weights_id: str) -> Call[None]:
        """Delete weights that no evaluation needs any more."""
        return delete(f"/weights/{weights_id}")
