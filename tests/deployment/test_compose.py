"""docker-compose.yml: valid, and true of the software that it starts."""

import json
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cli.programs import WORKER_STOP_SECONDS
from store.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
CPU = ROOT / "docker-compose.cpu.yml"
TLS = ROOT / "docker-compose.tls.yml"
OWN_SERVICES = ("migrate", "api", "worker")


class ComposeLoader(yaml.SafeLoader):
    """Reads Compose's own tag for "take this away" as None."""


ComposeLoader.add_constructor("!reset", lambda _loader, _node: None)


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(path.read_text(), ComposeLoader)  # noqa: S506
    return document


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = load(COMPOSE)["services"]
    return found


@pytest.mark.parametrize("path", [COMPOSE, CPU, TLS], ids=lambda path: path.name)
def test_it_is_valid_against_the_compose_schema(path: Path) -> None:
    vendored = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(load(path), json.loads(vendored.read_text()))


def test_it_names_the_services_and_no_other(services: dict[str, Any]) -> None:
    assert set(services) == {"postgres", "redis", *OWN_SERVICES}


@pytest.mark.parametrize("name", OWN_SERVICES)
def test_the_command_of_a_service_exists(services: dict[str, Any], name: str) -> None:
    program, command = services[name]["command"]
    found = shutil.which(program, path=str(Path(sys.executable).parent))
    assert found is not None
    subprocess.run([found, command, "--help"], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    "path", [COMPOSE, CPU, TLS, ROOT / "Dockerfile"], ids=lambda path: path.name
)
def test_every_variable_of_ours_is_a_setting(path: Path) -> None:
    named = set(re.findall(r"PDARTS_(\w+)", path.read_text()))
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_only_the_api_is_published_and_only_on_loopback_unless_told_otherwise(
    services: dict[str, Any],
) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"api": ["${PUBLISHED_HOST:-127.0.0.1}:${PORT:-8000}:8000"]}


def test_the_api_knows_the_address_at_which_it_is_published(services: dict[str, Any]) -> None:
    environment = services["api"]["environment"]
    assert environment["PDARTS_PUBLISHED_HOST"] == "${PUBLISHED_HOST:-127.0.0.1}"
    assert environment["PDARTS_PORT"] == "8000"


def test_database_and_broker_can_be_reached_from_the_inside_alone(services: dict[str, Any]) -> None:
    assert load(COMPOSE)["networks"]["inside"] == {"internal": True}
    assert {name: services[name]["networks"] for name in ("postgres", "redis")} == {
        "postgres": ["inside"],
        "redis": ["inside"],
    }


def test_redis_keeps_its_messages_and_evicts_none(services: dict[str, Any]) -> None:
    command = services["redis"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"


def test_migrations_run_once_and_before_whoever_needs_them(services: dict[str, Any]) -> None:
    assert services["migrate"]["restart"] == "no"
    for name in ("api", "worker"):
        waits_for = services[name]["depends_on"]
        assert waits_for["migrate"] == {"condition": "service_completed_successfully"}
        assert waits_for["redis"] == {"condition": "service_healthy"}


def test_what_others_wait_for_is_checked(services: dict[str, Any]) -> None:
    assert {name for name, service in services.items() if "healthcheck" in service} == {
        "postgres",
        "redis",
        "api",
    }


def test_all_that_must_last_lies_in_volumes(services: dict[str, Any]) -> None:
    named = set(load(COMPOSE)["volumes"])
    used = {v.split(":")[0] for service in services.values() for v in service.get("volumes", [])}
    assert used == named


def test_the_worker_reserves_the_gpus_unless_the_override_takes_that_away(
    services: dict[str, Any],
) -> None:
    (device,) = services["worker"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
    assert load(CPU) == {"services": {"worker": {"deploy": None}}}


def test_no_password_is_written_down(services: dict[str, Any]) -> None:
    required = "${POSTGRES_PASSWORD:?must be set}"
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD"] == required
    for name in OWN_SERVICES:
        assert f":{required}@" in services[name]["environment"]["PDARTS_DATABASE_URL"]


def test_a_worker_has_the_time_that_it_gives_its_processes_to_stop(
    services: dict[str, Any],
) -> None:
    grace = services["worker"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > WORKER_STOP_SECONDS


class TestTls:
    @pytest.fixture
    def overlay(self) -> dict[str, Any]:
        return load(TLS)

    def test_who_reaches_the_api_through_the_proxy_needs_a_key(
        self, overlay: dict[str, Any]
    ) -> None:
        assert overlay["services"]["api"]["environment"]["PDARTS_AUTH"] == "on"

    def test_the_api_trusts_the_proxy_alone(self, overlay: dict[str, Any]) -> None:
        api, proxy = overlay["services"]["api"], overlay["services"]["proxy"]
        address = proxy["networks"]["front"]["ipv4_address"]
        assert api["environment"]["PDARTS_TRUSTED_PROXIES"] == f"{address}/32"
        assert proxy["environment"]["API"] == f"{api['networks']['front']['ipv4_address']}:8000"
        assert overlay["networks"]["front"]["internal"] is True

    def test_the_api_stays_in_its_networks(
        self, overlay: dict[str, Any], services: dict[str, Any]
    ) -> None:
        assert set(overlay["services"]["api"]["networks"]) == {
            *services["api"]["networks"],
            "front",
        }

    def test_the_proxy_says_all_that_its_configuration_asks_for(
        self, overlay: dict[str, Any]
    ) -> None:
        template = (ROOT / "proxy" / "nginx.conf.template").read_text()
        asked = set(re.findall(r"\$\{(\w+)\}", template.partition("limit_conn_zone")[2]))
        assert asked == set(overlay["services"]["proxy"]["environment"])
