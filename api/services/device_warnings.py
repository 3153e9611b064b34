"""Warns of a job that asks for more devices than any worker offers to one job."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.schemas.spec_warnings import SpecWarningBody
from store.tables import Worker
from store.wording import number_of
from store.workers import is_alive


def device_warnings(session: Session, wanted: int, lease_seconds: float) -> list[SpecWarningBody]:
    """Return a warning if workers are alive, and none offers so many devices to one job."""
    if wanted == 1:
        return []
    most = session.scalar(select(func.max(Worker.device_count)).where(is_alive(lease_seconds)))
    if most is None or wanted <= most:
        return []
    warning = SpecWarningBody(
        code="more_devices_than_workers",
        message=f"The job asks for {wanted} devices, and no worker offers one job more than "
        f"{number_of(most, 'device')}: it will wait until one does (PDARTS_GPUS_PER_WORKER).",
        field="/device_count",
    )
    return [warning]
