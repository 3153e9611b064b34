"""The dropout that keeps skip-connects from winning too early."""

import torch
from torch import Tensor, nn

from pdarts_core.parallel.batch_share import WHOLE

_LEVELS = 2**16


class SkipDropout(nn.Module):
    """The decaying dropout after skip-connects (§3.3): inverted, for each element, in training.

    An element is dropped where 16 random bits fall below a threshold, so that one draw of 64 bits
    serves four; rates are rounded to that, to a multiple of 2⁻¹⁶. The threshold is a tensor, so
    that a captured CUDA graph follows it; whether elements are dropped at all (rate above 0) is
    decided when the graph is captured. Bits are drawn from `generator`, which must be of the
    images' device (None: that device's own).
    """

    threshold: Tensor
    scale: Tensor

    def __init__(self, rate: float, generator: torch.Generator | None) -> None:
        super().__init__()
        self.generator = generator
        self.batch_share = WHOLE
        self.register_buffer("threshold", torch.zeros((), dtype=torch.int16), persistent=False)
        self.register_buffer("scale", torch.ones(()), persistent=False)
        self.set_rate(rate)

    def set_rate(self, rate: float) -> None:
        """Set the share of elements to drop, in [0, 1)."""
        if not 0 <= rate < 1:
            raise ValueError(f"a dropout rate must be at least 0 and less than 1, not {rate}")
        dropped = min(round(rate * _LEVELS), _LEVELS - 1)
        self.active = dropped > 0
        self.threshold.fill_(dropped - _LEVELS // 2)
        self.scale.fill_(_LEVELS / (_LEVELS - dropped))

    def draw_bits(self, x: Tensor, times: int = 1) -> Tensor | None:
        """Return 16 random bits for each element of x [N, C, H, W]; None where all elements stay.

        Pixels are drawn in order, with all their channels, whatever x's memory format is: int16
        [times, N, H, W, C], the same as drawn one time after the other.
        """
        if not self.training or not self.active:
            return None
        _, channels, height, width = x.shape
        images = self.batch_share.images_of(x)
        size = images * channels * height * width
        words = torch.empty(times, -(-size // 4), dtype=torch.int64, device=x.device)
        words.random_(-(2**63), None, generator=self.generator)
        bits = words.view(torch.int16)[:, :size].view(times, images, height, width, channels)
        return self.batch_share.part_of(bits.transpose(0, 1)).transpose(0, 1)

    def apply_bits(self, x: Tensor, bits: Tensor | None) -> Tensor:
        """Return x [N, C, H, W] without what its bits [N, H, W, C] drop; None drops nothing."""
        if bits is None:
            return x
        stays = (bits >= self.threshold).permute(0, 3, 1, 2)
        return x * (stays * self.scale.to(x.dtype))

    def forward(self, x: Tensor) -> Tensor:
        """Return x [N, C, H, W] with elements dropped and the others scaled up to compensate."""
        bits = self.draw_bits(x)
        return self.apply_bits(x, None if bits is None else bits[0])
