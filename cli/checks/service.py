"""The running service: whether it answers, is ready, and takes the key."""

import os
from contextlib import closing

from cli.checks.finding import Finding, fail, ok, warn
from cli.client import NO_RETRIES, Client, Forbidden, ServiceError, Unauthenticated
from cli.client.places import is_loopback
from cli.errors import AlreadyInUse, UnfitMachine
from cli.listening import listen, url_for
from store.settings import Settings

_SECONDS = 5.0
_NEW_KEY = "on the service's machine: pdarts keys create --owner YOU; then set PDARTS_API_KEY"


def check_port(settings: Settings) -> Finding:
    """Check whether the port is free, or used by the service itself."""
    told = f"{settings.port} of {settings.host}"
    try:
        with closing(listen(settings.host, settings.port)):
            return ok("port", f"{told} is free")
    except UnfitMachine as error:
        return fail(
            "port", str(error), "set PDARTS_HOST and PDARTS_PORT to an address of this machine"
        )
    except AlreadyInUse:
        pass
    with _client(url_for(settings.host, settings.port)) as client:
        if client.is_alive():
            return ok("port", f"the service is at {told}")
    return fail("port", f"{told} is in use by another program", "set PDARTS_PORT to another one")


def check_service(_: Settings) -> Finding:
    """Check whether a service answers, and what it says about itself."""
    try:
        with _client() as client:
            if not client.is_alive():
                remedy = "start one: pdarts up; or set PDARTS_URL to the address of one"
                return warn("service", f"no service answers at {client.url}", remedy)
            told = client.get_readiness()
    except ValueError as error:
        return fail("service", str(error), "set PDARTS_URL to a URL")
    except ServiceError as error:
        return fail("service", str(error), "look at the log of the service")
    checks = {
        "database": told.database,
        "schema": told.schema_revision,
        "broker": told.broker,
        "artifacts": told.artifacts,
        "data folder": told.datasets,
    }
    wrong = "; ".join(f"{name}: {c.detail}" for name, c in checks.items() if c and c.status != "ok")
    if told.workers == 0 and not wrong:
        return warn("service", "no worker is alive, so jobs wait", "start one: pdarts worker")
    if not wrong:
        return ok("service", f"ready at {client.url}")
    report = warn if told.status == "degraded" else fail
    return report("service", wrong, "run pdarts doctor on the service's machine")


def check_key(_: Settings) -> Finding:
    """Check whether the service accepts the key, and nobody on the way can read it."""
    try:
        with _client() as client:
            if not client.is_alive():
                return ok("key", "not checked: no service answers")
            next(client.list_searches(page_size=1), None)
    except (Unauthenticated, Forbidden) as error:
        return fail("key", str(error), _NEW_KEY)
    except (ServiceError, ValueError) as error:
        return fail("key", str(error), "look at the log of the service")
    if not os.environ.get("PDARTS_API_KEY"):
        return ok("key", "not set, and not required")
    if client.url.startswith("http:") and not is_loopback(client.url):
        return warn(
            "key", "accepted, but sent unencrypted", "set PDARTS_URL to an https:// address"
        )
    return ok("key", "accepted")


def _client(url: str | None = None) -> Client:
    return Client(url, retries=NO_RETRIES, timeout_seconds=_SECONDS)
