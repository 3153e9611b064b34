"""The network being searched."""

from pdarts_core.plain import PlainSearchNetwork


class SearchNetwork(PlainSearchNetwork):
    """The search network; arguments as SearchSkeleton's."""
