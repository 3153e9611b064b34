"""Tables for spreadsheets: text stays text there, and numbers stay numbers."""

import csv
import io

import httpx
import pytest

from api.http.csv_tables import csv_response
from tests.api.calls import submit


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\uff1d1", '=HYPERLINK("https://a.b")'],
)
def test_what_looks_like_a_formula_is_text(client: httpx.Client, formula: str) -> None:
    submit(client, name=formula)
    answer = client.get("/searches", headers={"Accept": "text/csv"})
    (row,) = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert row["name"] == f"'{formula}"
    assert client.get("/searches").json()["data"][0]["spec"]["name"] == formula


@pytest.mark.parametrize(
    ("value", "cell"), [(-1.5, "-1.5"), (0, "0"), (None, ""), ("1=1", "1=1"), ("a-b", "a-b")]
)
def test_numbers_and_other_texts_are_as_they_were(value: object, cell: str) -> None:
    answer = csv_response(["name"], [{"name": value}], {})
    ((read,),) = list(csv.reader(io.StringIO(bytes(answer.body).decode())))[1:]
    assert read == cell
