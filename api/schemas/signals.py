"""Whether decisions stand out from chance, as clients see it."""

from typing import Any

from api.http.bodies import Body, described
from pdarts_core.signal.verdict import Verdict


class SignalBody(Body):
    """Whether what was decided stands out from chance."""

    verdict: Verdict = described(
        "`none`: nothing was found, and the choices are no better supported than random ones; "
        "`weak`: hardly more than chance, another seed may well choose otherwise; `clear`: more "
        "than chance"
    )
    decided: int = described("Choices that the images pushed to; 0 if the verdict is `none`")
    undecided: int = described("Choices that could as well have gone otherwise")
    reason: str = described("What the verdict rests on, in plain words")
    gain: float | None = described(
        "What training the alphas took off the loss on the second half (the images that train the "
        "alphas, not the weights), as a share of the loss of guessing; null if the network is no "
        "better than guessing or than alphas fitted to noise, or no alphas were trained"
    )
    agreement: float | None = described(
        "How surely later images pushed the alphas on in the direction that they had taken, in "
        "standard errors from chance; null as `gain` is"
    )


def signal_body(signal: dict[str, Any] | None) -> SignalBody | None:
    """Return what clients are shown of a signal as it is stored."""
    return None if signal is None else SignalBody(**signal)
