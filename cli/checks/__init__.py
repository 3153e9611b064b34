"""What `pdarts doctor` checks, in this order."""

from collections.abc import Callable

from cli.checks import places, service, software
from cli.checks.finding import Finding, Level
from store.settings import Settings

CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    software.check_python,
    software.check_torch,
    software.check_gpus,
    software.check_compiler,
    places.check_home,
    places.check_disk,
    places.check_data,
    places.check_database,
    places.check_broker,
    service.check_port,
    service.check_service,
    service.check_key,
)

__all__ = ["CHECKS", "Finding", "Level"]
