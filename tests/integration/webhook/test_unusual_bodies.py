"""The webhook with unusual and randomly changed bodies: it never responds with a server error."""

from collections.abc import Sequence
from io import BytesIO
import json
import logging
from random import Random
from typing import Any

from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.scanner.downloaders import MAX_BODY_SIZE, MAX_PATHS
from tests.scanner.downloaders.bodies.samples import SAMPLES

from .posting import NOTHING, post

# Home Assistant's own web server keeps texts as keys of a request.
pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        ({"data": b"{"}, 400, "valid JSON"),
        ({"data": b'{"path": "\xff"}'}, 400, "UTF-8"),
        ({"data": b"path=/x", "headers": {"Content-Encoding": "gzip"}, "compress": None}, 400, "not match its headers"),
        (
            {"json": {"path": "/x"}, "headers": {"Content-Encoding": "deflate"}, "compress": None},
            400,
            "not match its headers",
        ),
        ({"json": []}, 400, "expected a JSON object"),
        ({"json": {"subject": "x"}}, 400, "it has no"),
        ({}, 400, "it has no"),
        ({"data": b"hello"}, 400, "it has no"),
        ({"json": {"paths": ["/x"] * (MAX_PATHS + 1)}}, 400, "more than 2,500"),
        ({"json": {"path": "/" + "x" * 5000}}, 400, "too long"),
        ({"data": BytesIO(b"{" + b" " * MAX_BODY_SIZE + b"}")}, 413, "larger than 4 MiB"),
    ],
)
async def test_unreadable_notification_is_rejected_with_a_reason(
    request_: dict[str, Any],
    status: int,
    reason: str,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The response and one log line contain the reason."""
    answered, answer = await post(client, entry, **request_)

    assert answered == status
    (line,) = [record for record in caplog.records if record.name.startswith("custom_components.plex_smart_scan")]
    assert (line.levelno, line.getMessage()) == (
        logging.WARNING,
        f"A notification was not accepted: {answer['reason']}",
    )
    assert reason in answer.pop("reason")
    assert answer == NOTHING


@pytest.mark.parametrize(
    "body",
    [
        {"eventType": "Download", "series": None, "episodeFile": [[[]]]},
        {"eventType": {"a": 1}, "path": ["\ud800"]},
        {"path": {"path": "/x"}, "paths": [None, True, 1.5, {}, [], "", "\0", "/\0"]},
        {"eventType": "\ud800\udfff", "movie": {}},
        {"eventType": "Rename", "renamedMovieFiles": [{"path": "../..", "previousPath": "\\\\"}], "movie": 7},
    ],
)
async def test_unusual_body_causes_no_server_error(
    body: Any, entry: MockConfigEntry, client: TestClient[Any, Any]
) -> None:
    """No JSON causes a response with a server error."""
    status, answer = await post(client, entry, data=json.dumps(body), headers={"Content-Type": "application/json"})

    assert status in {200, 400}
    assert NOTHING.keys() <= answer.keys()


ODD: Sequence[Any] = (
    None,
    True,
    0,
    -1,
    1e300,
    "",
    " ",
    "\0",
    "\ud800",
    "..",
    "/",
    "C:",
    "//x",
    [],
    {},
    [[]],
    {"path": []},
)


def changed_body(body: Any, random: Random) -> Any:
    """Return a body in which some values, at any depth, are odd ones."""
    if random.random() < 0.15:
        return random.choice(ODD)
    if isinstance(body, dict):
        return {key: changed_body(value, random) for key, value in body.items() if random.random() > 0.05}
    if isinstance(body, list):
        return [changed_body(value, random) for value in body] * random.choice((1, 1, 2))
    return body


@pytest.mark.parametrize("seed", range(5))
async def test_randomly_changed_body_causes_no_server_error(
    seed: int, entry: MockConfigEntry, client: TestClient[Any, Any]
) -> None:
    """Real bodies are changed at random: the response has its keys and is never a 5xx."""
    random = Random(seed)
    for case in SAMPLES * 3:
        body = changed_body(case.body, random)
        data = json.dumps(body)
        status, answer = await post(client, entry, data=data, headers={"Content-Type": "application/json"})

        assert status in {200, 400}, data
        assert NOTHING.keys() <= answer.keys(), data
