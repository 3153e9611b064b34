"""Which representation a client prefers (RFC 9110, section 12.5.1)."""

from collections.abc import Sequence

from api.http.errors import NotAcceptable


def choose_media_type(accept: str, offers: Sequence[str]) -> str:
    """Return the offer that the Accept header prefers; of equals, the first.

    Raises:
        NotAcceptable: it takes none of them.
    """
    ranges = [_parse(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    qualities = {offer: _quality(offer, ranges) for offer in offers}
    best = max(offers, key=lambda offer: qualities[offer])
    if qualities[best] <= 0:
        raise NotAcceptable(f"available formats: {', '.join(offers)}")
    return best


def _parse(part: str) -> tuple[str, float]:
    media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
    try:
        return media_range, min(max(float(weight), 0.0), 1.0)
    except ValueError:
        return media_range, 0.0


def _quality(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    for wanted in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        for media_range, weight in ranges:
            if media_range == wanted:
                return weight
    return 0.0
