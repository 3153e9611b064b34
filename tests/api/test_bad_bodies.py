"""Every body that is no spec gets its own status and code, and a pointer to what is wrong."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.endpoint.json_body import LARGEST_BODY
from api.http.strict_json import DEEPEST_NESTING
from pdarts_core.config import SearchConfig, StageConfig
from pdarts_core.config_fields import bounds_of
from store.metadata import DEEPEST_METADATA, LARGEST_METADATA
from tests.api.calls import QUICK, pointers, problem

JSON = {"content-type": "application/json"}
NUMBERS = [
    name
    for name in SearchConfig().to_dict()
    if name
    not in {
        "stages",
        "cutout",
        "halve_batches",
        "train_architecture",
        "stop_on_collapse",
        "flip",
        "precision",
        "preset",
    }
]


def send(client: httpx.Client, body: bytes | Iterator[bytes], **headers: str) -> httpx.Response:
    return client.post("/searches", content=body, headers=JSON | headers)


def post(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post("/searches", json=QUICK | fields)


def nested(levels: int) -> list[Any]:
    return [nested(levels - 1)] if levels > 1 else []


class TestNoJson:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"   ",
            b"{",
            b"not json",
            b'{"dataset": "digits"} trailing',
            b"{'dataset': 'digits'}",
            b'{"dataset": "digits", "learning_rate": NaN}',
            b'{"dataset": "digits", "learning_rate": Infinity}',
            b'{"dataset": "digits", "dataset": "cifar10"}',
            b'{"dataset": "\xc0\xaf"}',
            b'{"dataset": "\xff"}',
            b'\xef\xbb\xbf{"dataset": "digits"}',
            '{"dataset": "digits"}'.encode("utf-16"),
            b'{"dataset": "digits", "seed": ' + b"9" * 5000 + b"}",
            b"[" * 100_000,
            b'{"a":' * 40_000,
        ],
        ids=lambda body: repr(body[:30]),
    )
    def test_is_malformed(self, shared_client: httpx.Client, body: bytes) -> None:
        assert problem(send(shared_client, body)) == (400, "malformed_json")

    @pytest.mark.parametrize(
        "media_type",
        ["", "text/plain", "application/x-www-form-urlencoded", "application/xml", ";"],
    )
    def test_of_another_media_type_is_refused(
        self, shared_client: httpx.Client, media_type: str
    ) -> None:
        headers = {"content-type": media_type} if media_type else {}
        body = json.dumps(QUICK).encode()
        answer = shared_client.post("/searches", content=body, headers=headers)
        assert problem(answer) == (415, "unsupported_media_type")

    def test_a_charset_may_be_named(self, shared_client: httpx.Client) -> None:
        body = json.dumps(QUICK).encode()
        headers = {"content-type": "Application/JSON; charset=utf-8"}
        answer = shared_client.post("/searches?dry_run=true", content=body, headers=headers)
        assert answer.status_code == 200


class TestTooLarge:
    def test_a_body_that_says_so_is_refused_unread(self, shared_client: httpx.Client) -> None:
        answer = send(shared_client, b" " * (LARGEST_BODY + 1))
        assert problem(answer) == (413, "body_too_large")

    def test_a_body_in_chunks_is_refused_when_it_is_found_out(
        self, shared_client: httpx.Client
    ) -> None:
        chunks = (b" " * 1000 for _ in range(LARGEST_BODY // 1000 + 2))
        assert problem(send(shared_client, chunks)) == (413, "body_too_large")


class TestFields:
    @pytest.mark.parametrize("body", [[], "digits", 1, None, True], ids=str)
    def test_the_body_must_be_an_object(self, shared_client: httpx.Client, body: Any) -> None:
        answer = shared_client.post("/searches", content=json.dumps(body).encode(), headers=JSON)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == [""]

    def test_a_data_set_is_required(self, shared_client: httpx.Client) -> None:
        answer = shared_client.post("/searches", json={})
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == ["/dataset"]

    @pytest.mark.parametrize(
        ("fields", "pointer"),
        [
            ({"sede": 3}, "/sede"),
            ({"a/b~c": 3}, "/a~1b~0c"),
            ({"preset": "slow"}, "/preset"),
            ({"preset": None}, "/preset"),
            ({"dataset": "nowhere"}, "/dataset"),
            ({"dataset": "../etc"}, "/dataset"),
            ({"dataset": ""}, "/dataset"),
            ({"dataset": "x" * 101}, "/dataset"),
            ({"dataset": 3}, "/dataset"),
            ({"seed": "2"}, "/seed"),
            ({"seed": 2.5}, "/seed"),
            ({"seed": True}, "/seed"),
            ({"seed": None}, "/seed"),
            ({"seed": 2**63}, "/seed"),
            ({"seed": -(2**70)}, "/seed"),
            ({"batch_size": 1e308}, "/batch_size"),
            ({"momentum": "0.9"}, "/momentum"),
            ({"momentum": True}, "/momentum"),
            ({"cutout": "yes"}, "/cutout"),
            ({"cutout": 1}, "/cutout"),
            ({"precision": "float64"}, "/precision"),
            ({"device": "tpu"}, "/device"),
            ({"image_size": 7}, "/image_size"),
            ({"image_size": 513}, "/image_size"),
            ({"max_images": 0}, "/max_images"),
            ({"priority": 101}, "/priority"),
            ({"name": ""}, "/name"),
            ({"name": "x" * 201}, "/name"),
            ({"metadata": []}, "/metadata"),
            ({"metadata": {"a": "x" * LARGEST_METADATA}}, "/metadata"),
            ({"metadata": {"a": 2**63}}, "/metadata"),
            ({"metadata": {"a": nested(DEEPEST_METADATA)}}, "/metadata"),
            ({"stages": []}, "/stages"),
            ({"stages": {}}, "/stages"),
            ({"stages": [{}] * 8}, "/stages"),
            ({"stages": [{}, 5, {}]}, "/stages/1"),
            ({"stages": [{}, {"layers": 2}, {}]}, "/stages/1/layers"),
            ({"stages": [{}, {}, {"speed": 1}]}, "/stages/2/speed"),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_each_is_pointed_to(
        self, shared_client: httpx.Client, fields: dict[str, Any], pointer: str
    ) -> None:
        answer = post(shared_client, **fields)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == [pointer]

    @pytest.mark.parametrize("name", NUMBERS)
    def test_every_number_has_the_bounds_of_the_search(
        self, shared_client: httpx.Client, name: str
    ) -> None:
        bounds = bounds_of(SearchConfig, name).as_dict()
        below, above = bounds.get("ge", bounds.get("gt")), bounds.get("le", bounds.get("lt"))
        assert below is not None
        assert above is not None
        for value in (below - 1, above + 1):
            answer = post(shared_client, **{name: value})
            assert pointers(answer) == [f"/{name}"]

    def test_a_number_that_no_double_holds_is_refused(self, shared_client: httpx.Client) -> None:
        for name in ("learning_rate", "seed"):
            body = f'{{"dataset": "digits", "{name}": 1e999}}'.encode()
            answer = send(shared_client, body)
            assert problem(answer) == (422, "invalid_request")
            assert pointers(answer) == [f"/{name}"]

    def test_metadata_may_be_as_deep_as_is_said(self, shared_client: httpx.Client) -> None:
        body = QUICK | {"metadata": {"a": nested(DEEPEST_METADATA - 1)}}
        assert shared_client.post("/searches?dry_run=true", json=body).status_code == 200

    def test_nor_in_metadata(self, shared_client: httpx.Client) -> None:
        answer = send(shared_client, b'{"dataset": "digits", "metadata": {"a": [-1e999]}}')
        assert pointers(answer) == ["/metadata"]

    def test_all_that_is_wrong_is_told_at_once(self, shared_client: httpx.Client) -> None:
        answer = post(shared_client, preset="slow", seed="2", stages=[{"layers": 1, "x": 1}])
        assert sorted(pointers(answer)) == ["/preset", "/seed", "/stages/0/layers", "/stages/0/x"]

    def test_what_was_sent_is_not_sent_back(self, shared_client: httpx.Client) -> None:
        assert "hunter2" not in post(shared_client, seed="hunter2").text


class TestTexts:
    @pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "x\\udfff"])
    @pytest.mark.parametrize(
        ("template", "pointer"),
        [
            ('{"dataset": "digits", "name": "%s"}', "/name"),
            ('{"dataset": "%s"}', "/dataset"),
            ('{"dataset": "digits", "metadata": {"a": ["%s"]}}', "/metadata/a/0"),
            ('{"dataset": "digits", "preset": "%s"}', "/preset"),
        ],
    )
    def test_what_no_database_stores_is_refused(
        self, shared_client: httpx.Client, escape: str, template: str, pointer: str
    ) -> None:
        answer = send(shared_client, (template % escape).encode())
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == [pointer]

    @pytest.mark.parametrize("escape", ["\\u0000", "\\ud800"])
    def test_names_of_fields_too(self, shared_client: httpx.Client, escape: str) -> None:
        answer = send(shared_client, f'{{"dataset": "digits", "{escape}": 1}}'.encode())
        assert problem(answer) == (422, "invalid_request")

    def test_a_pair_of_surrogates_is_a_character(self, shared_client: httpx.Client) -> None:
        body = b'{"dataset": "digits", "name": "\\ud83d\\ude80"}'
        answer = shared_client.post("/searches?dry_run=true", content=body, headers=JSON)
        assert answer.json()["spec"]["name"] == "🚀"

    def test_deep_nesting_is_refused(self, shared_client: httpx.Client) -> None:
        depth = DEEPEST_NESTING + 1
        body = b'{"dataset": ' + b"[" * depth + b"]" * depth + b"}"
        assert problem(send(shared_client, body)) == (422, "invalid_request")


WEIGHTS_ONLY: list[dict[str, int]] = [
    {"epochs": 2, "warmup_epochs": 2},
    {},
    {"epochs": 1, "warmup_epochs": 1},
]
"""Two of them train no alphas."""


class TestStagesWithoutArchitecture:
    def test_each_is_pointed_to(self, shared_client: httpx.Client) -> None:
        answer = post(shared_client, stages=WEIGHTS_ONLY)
        assert problem(answer) == (422, "no_architecture_epoch")
        assert pointers(answer) == ["/stages/0/warmup_epochs", "/stages/2/warmup_epochs"]
        assert "train_architecture" in answer.json()["detail"]

    def test_they_are_no_less_wrong_if_the_default_is_spelled_out(
        self, shared_client: httpx.Client
    ) -> None:
        answer = post(shared_client, stages=WEIGHTS_ONLY, train_architecture=True)
        assert problem(answer) == (422, "no_architecture_epoch")

    def test_they_are_accepted_if_the_spec_allows_them(self, shared_client: httpx.Client) -> None:
        asked = QUICK | {"stages": WEIGHTS_ONLY, "train_architecture": False}
        answer = shared_client.post("/searches?dry_run=true", json=asked)
        assert answer.json()["spec"]["train_architecture"] is False


class TestJointBounds:
    @pytest.mark.parametrize(
        ("fields", "pointer"),
        [
            ({"stages": [{}, {"num_to_keep": 6}, {}]}, "/stages/1/num_to_keep"),
            ({"stages": [{}, {}, {"num_to_keep": 2}]}, "/stages/2/num_to_keep"),
            ({"stages": [{"epochs": 1}, {}, {}]}, "/stages/0/warmup_epochs"),
            ({"learning_rate": 0.01, "learning_rate_min": 0.02}, "/learning_rate_min"),
            ({"max_images": 19}, "/max_images"),
        ],
        ids=str,
    )
    def test_what_does_not_fit_is_pointed_to(
        self, shared_client: httpx.Client, fields: dict[str, Any], pointer: str
    ) -> None:
        answer = post(shared_client, **fields)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == [pointer]


FIELDS = [*SearchConfig().to_dict(), "dataset", "preset", "name", "metadata", "image_size"]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
STAGES = st.lists(
    st.dictionaries(st.sampled_from(list(vars(StageConfig()))), st.integers(-1, 60) | LEAVES),
    max_size=4,
)


class TestAnyBody:
    @given(
        st.dictionaries(st.sampled_from(FIELDS) | st.text(), VALUES, max_size=5),
        STAGES | st.just([{}]),
    )
    def test_is_accepted_or_refused_but_breaks_nothing(
        self, shared_client: httpx.Client, fields: dict[str, Any], stages: list[Any]
    ) -> None:
        body = json.dumps(QUICK | {"stages": stages} | fields).encode()
        answer = shared_client.post("/searches?dry_run=true", content=body, headers=JSON)
        assert answer.status_code in {200, 422}, answer.text

    @given(st.binary(max_size=200))
    def test_bytes_are_refused(self, shared_client: httpx.Client, body: bytes) -> None:
        assert problem(send(shared_client, body))[0] in {400, 422}
