"""The page as it is served."""

import re

import httpx
import pytest

from pdarts_core.genotype import PRIMITIVES
from store.image_names import IMAGE_SUFFIXES


def test_the_page_is_told_the_operations(shared_client: httpx.Client) -> None:
    (named,) = re.findall(r'<body data-operations="([^"]+)"', shared_client.get("/ui").text)
    assert tuple(named.split(" ")) == PRIMITIVES


def test_the_page_is_told_which_files_are_images(shared_client: httpx.Client) -> None:
    (named,) = re.findall(r'<body [^>]*data-images="([^"]+)"', shared_client.get("/ui").text)
    assert set(named.split(" ")) == IMAGE_SUFFIXES


@pytest.mark.parametrize("path", ["/ui", "/ui/", "/ui/new", "/ui/searches/srch_x/genotypes"])
def test_every_address_below_ui_is_the_page(shared_client: httpx.Client, path: str) -> None:
    answer = shared_client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


def test_the_policy_lets_nothing_run_but_the_pages_own_files(shared_client: httpx.Client) -> None:
    policy = shared_client.get("/ui").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_page_names_only_files_of_its_own_service(shared_client: httpx.Client) -> None:
    named = re.findall(r'(?:src|href)="([^"]+)"', shared_client.get("/ui").text)
    assert len(named) > 10
    assert all(address.startswith("/ui/static/") for address in named)
    assert {shared_client.get(address).status_code for address in named} == {200}


def test_a_file_is_kept_for_good_under_the_name_of_its_content(shared_client: httpx.Client) -> None:
    (start,) = re.findall(r'src="([^"]+/main\.js)"', shared_client.get("/ui").text)
    answer = shared_client.get(start)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    other = re.sub("/static/[0-9a-f]+/", "/static/0123456789abcdef/", start)
    assert shared_client.get(other).status_code == 404


@pytest.mark.parametrize("path", ["../page.py", "%2e%2e/page.py", "no.js", ""])
def test_only_the_pages_files_are_served(shared_client: httpx.Client, path: str) -> None:
    (folder,) = re.findall(r'src="([^"]+)/main\.js"', shared_client.get("/ui").text)
    answer = shared_client.get(f"{folder}/{path}")
    assert "CONTENT_SECURITY_POLICY" not in answer.text
    assert answer.status_code == 404 or answer.headers["content-type"].startswith("text/html")
