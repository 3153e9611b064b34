"""What a job's history says of the devices that share it."""

from store.history import NewEvent
from store.wording import number_of


def devices_changed(*, before: int, now: int, **where: int) -> NewEvent:
    """Return the line for another number of devices than before, from some place on."""
    message = (
        f"goes on with {number_of(now, 'device')} instead of {before}: from here on, sums are"
        " rounded differently"
    )
    data = {**where, "before": before, "now": now}
    return NewEvent(type="devices_changed", message=message, data=data)
