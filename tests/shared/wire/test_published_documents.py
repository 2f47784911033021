"""What is published about facts and moves is what the code says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it carries no annotations

from services.requests.domain.moves import documentation
from shared.facts import FACTS
from shared.wire import asyncapi
from shared.wire.examples import examples
from shared.wire.topics import TOPICS

DOCS = Path(__file__).parent.parent.parent.parent / "docs"


@pytest.mark.parametrize(("file", "written"), [("asyncapi.json", asyncapi.written), ("moves.md", documentation.written)])
def test_the_committed_document_is_the_one_that_the_code_makes(file: str, written: object) -> None:
    assert callable(written)
    assert (DOCS / file).read_text(encoding="utf-8") == written()


def test_every_topic_and_every_fact_is_described() -> None:
    document = asyncapi.document()

    assert set(document["channels"]) == set(TOPICS)
    assert set(FACTS) <= set(document["components"]["messages"])
    assert set(FACTS) <= set(document["components"]["schemas"])


def test_every_reference_in_the_document_leads_somewhere() -> None:
    document = asyncapi.document()
    references = [part.split('"')[0] for part in json.dumps(document).split('"$ref": "')[1:]]

    assert references
    for reference in references:
        place = document
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]


def test_every_example_satisfies_the_schema_in_the_document() -> None:
    schemas = asyncapi.document()["components"]["schemas"]
    for example in examples():
        if example.version != FACTS[example.type].schema_version:
            continue
        validator = Draft202012Validator({**schemas[example.type], "components": {"schemas": schemas}})
        faults = [fault.message for fault in validator.iter_errors(example.data)]

        assert faults == [], example
