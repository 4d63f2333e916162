"""The webhook of a server: notifications, responses and results."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
import json
import logging
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from aiohttp import FormData
from aiohttp.test_utils import TestClient
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.aiohttp import MockRequest
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import CONF_WEBHOOK_LOCAL_ONLY
from custom_components.plex_smart_scan.coordinator import PlexSmartScanCoordinator
from custom_components.plex_smart_scan.request_inbox import Inbox
from custom_components.plex_smart_scan.scanner import Outcome, Reason, ScanEngine, ScanRequest, ScanResult
from custom_components.plex_smart_scan.scanner.downloaders import MAX_BODY_SIZE, MAX_PATHS
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault
from tests.scanner.downloaders.bodies import SAMPLES

from .conftest import SetUp, make_entry
from .stored_requests import full_disk, stored_paths

# Home Assistant's own web server keeps texts as keys of a request.
pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")

NOTHING: dict[str, Any] = {"accepted": [], "rejected": [], "ignored": None}


@pytest.fixture
def results(hass: HomeAssistant) -> Callable[[MockConfigEntry, int], Any]:
    """Return a function that waits for so many results of a server."""

    async def wait(entry: MockConfigEntry, count: int) -> list[ScanResult]:
        history = entry.runtime_data.history
        come = asyncio.Event()
        unlisten = entry.runtime_data.results.async_add(lambda _result: come.set())
        async with asyncio.timeout(60):
            while len(history) < count:
                come.clear()
                await come.wait()
        unlisten()
        return [finished.result for finished in history]

    return wait


def url(entry: MockConfigEntry) -> str:
    """Return the path of an entry's webhook."""
    return f"/api/webhook/{entry.data[CONF_WEBHOOK_ID]}"


def sonarr(*paths: Path) -> dict[str, Any]:
    """Return what Sonarr posts after an import."""
    return {
        "eventType": "Download",
        "instanceName": "Sonarr",
        "applicationUrl": "",
        "series": {"id": 1, "title": "Westworld", "path": str(paths[0].parent.parent)},
        "episodeFile": {"id": 1, "path": str(paths[0]), "size": paths[0].stat().st_size},
        "isUpgrade": False,
    }


async def post(client: TestClient[Any, Any], entry: MockConfigEntry, **request: Any) -> tuple[int, dict[str, Any]]:
    """Post to the webhook, and return the status and the answer."""
    async with client.request(
        request.pop("method", "POST"), url(entry) + request.pop("query", ""), **request
    ) as answer:
        return answer.status, await answer.json()


@pytest.fixture
async def entry(hass: HomeAssistant, tv: Path, set_up: SetUp) -> AsyncIterator[MockConfigEntry]:
    """Return a server that is set up, with a TV library."""
    entry = await set_up()
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def client(entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator) -> TestClient[Any, Any]:
    """Return a client without a token."""
    anybody: TestClient[Any, Any] = await hass_client_no_auth()
    return anybody


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_import_by_sonarr(
    method: str, entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex, tv: Path, results: Any
) -> None:
    """Answered at once, scanned afterwards, in one scan of one folder."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.hold_scans()

    assert await post(client, entry, method=method, json=sonarr(episode)) == (
        200,
        NOTHING | {"accepted": [str(episode)]},
    )

    fake_plex.release_scans()
    (result,) = await results(entry, 1)
    assert result.outcome is Outcome.ADDED
    assert [scan.path for scan in fake_plex.stats.scans] == [str(episode.parent)]


async def test_accepted_requests_are_on_disk(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tv: Path,
    results: Any,
) -> None:
    """When the answer comes the request is in Home Assistant's storage."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.hold_scans()

    await post(client, entry, json=sonarr(episode))

    assert await stored_paths(hass, entry) == [str(episode)]
    fake_plex.release_scans()
    await results(entry, 1)


async def test_unsaved_requests_are_not_accepted(
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tv: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """If the disk is full, the sender receives an error and nothing is scanned."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    with full_disk():
        status, answer = await post(client, entry, json=sonarr(episode))

    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer == NOTHING | {"reason": "The request was not accepted because it could not be written to disk"}
    assert fake_plex.stats.scans == []
    assert "was not accepted" in caplog.text


@pytest.mark.parametrize("form", ["json", "form", "multipart", "query", "dir"])
async def test_bare_paths(
    form: str, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, results: Any
) -> None:
    """Scripts and users of autoscan write paths in many ways."""
    path = str(samples.add_episode(tv, "Westworld", 1, 2))
    multipart = FormData({"path": path})
    multipart._is_multipart = True
    request: dict[str, dict[str, Any]] = {
        "json": {"json": {"path": path}},
        "form": {"data": {"path": path}},
        "multipart": {"data": multipart},
        "query": {"params": {"path": path}},
        "dir": {"params": {"dir": path}},
    }

    assert await post(client, entry, **request[form]) == (200, NOTHING | {"accepted": [path]})

    assert (await results(entry, 1))[0].outcome is Outcome.ADDED


@pytest.mark.parametrize(
    ("body", "ignored"),
    [
        ({"eventType": "Test", "series": {"path": "C:\\testpath"}}, "test"),
        ({"eventType": "Grab", "series": {"path": "/tv/Westworld"}}, "Grab"),
        ({"eventType": "Health", "level": "error"}, "Health"),
        (
            {"eventType": "AlbumDelete", "album": {"title": "x"}, "deletedFiles": True},
            "AlbumDelete: it contains no path",
        ),
    ],
)
async def test_ignored_event_is_no_error(
    body: dict[str, Any], ignored: str, entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex
) -> None:
    """Tests and irrelevant events return 200, because senders disable a connection after status 400."""
    assert await post(client, entry, json=body) == (200, NOTHING | {"ignored": ignored})
    assert entry.runtime_data.engine.pending == 0
    assert fake_plex.stats.scans == []


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
async def test_unreadable_notifications(
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
async def test_odd_bodies_are_answered(body: Any, entry: MockConfigEntry, client: TestClient[Any, Any]) -> None:
    """Whatever the JSON, the answer is never our fault."""
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


def distorted(body: Any, random: Random) -> Any:
    """Return a body in which some values, at any depth, are odd ones."""
    if random.random() < 0.15:
        return random.choice(ODD)
    if isinstance(body, dict):
        return {key: distorted(value, random) for key, value in body.items() if random.random() > 0.05}
    if isinstance(body, list):
        return [distorted(value, random) for value in body] * random.choice((1, 1, 2))
    return body


@pytest.mark.parametrize("seed", range(5))
async def test_no_body_causes_a_server_error(seed: int, entry: MockConfigEntry, client: TestClient[Any, Any]) -> None:
    """Every real body, distorted at random: the answer has its keys, and is never a 5xx."""
    random = Random(seed)
    for case in SAMPLES * 3:
        body = distorted(case.body, random)
        data = json.dumps(body)
        status, answer = await post(client, entry, data=data, headers={"Content-Type": "application/json"})

        assert status in {200, 400}, data
        assert NOTHING.keys() <= answer.keys(), data


async def test_paths_that_cannot_be_used(
    entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex, tv: Path, results: Any
) -> None:
    """Each is refused with a reason that helps, shows in Home Assistant, and does not fail the others."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    paths = [
        str(episode),
        "Westworld/x.mkv",
        "/downloads/complete/Westworld.S01E02/x.mkv",
        "/opt/sabnzbd/complete/x.mkv",
        "/elsewhere/x.mkv",
    ]

    status, answer = await post(client, entry, json={"paths": paths})

    reasons = {each["path"]: each["reason"] for each in answer["rejected"]}
    assert status == HTTPStatus.OK
    assert answer["accepted"] == [str(episode)]
    assert list(reasons) == paths[1:]
    assert "is relative" in reasons[paths[1]]
    assert str(tv) in reasons[paths[2]]
    assert "looks like a download folder, such as SABnzbd's completed folder" in reasons[paths[2]]
    assert "looks like a download folder of SABnzbd" in reasons[paths[3]]
    assert "looks like" not in reasons[paths[4]]
    outcomes = {result.request.path: result.outcome for result in await results(entry, 5)}
    assert outcomes == {path: Outcome.ADDED if path == paths[0] else Outcome.FAILED for path in paths}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("", ""),
        ("Westworld/x.mkv", "Westworld/x.mkv"),
        ("{tv}/\ud800", "{tv}/?"),
        ("{tv}/" + "x" * 5000, None),
        ("{tv}" + 20 * "/.." + "/x", "{tv}" + 20 * "/.." + "/x"),
        (5, "(int)"),
    ],
)
async def test_invalid_paths_are_reported(
    path: str | int,
    shown: str | None,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tv: Path,
) -> None:
    """Few senders show what they were answered. What is shown of a path is never taken for the path itself."""
    path = path.format(tv=tv) if isinstance(path, str) else path

    status, answer = await post(client, entry, json={"paths": [path, str(tv / "Westworld")]})

    await hass.async_block_till_done()
    assert status == HTTPStatus.OK
    (told,) = [each.result for each in entry.runtime_data.history if each.result.outcome is Outcome.FAILED]
    assert told.reason is Reason.INVALID_PATH
    assert [told.request.path] == [each["path"] for each in answer["rejected"]]
    assert shown is None or told.request.path == shown.format(tv=tv)
    assert fake_plex.stats.scans == []


async def test_only_some_of_many_rejected_paths_are_reported(
    entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, hass: HomeAssistant
) -> None:
    """All are in the answer; Home Assistant is not flooded with them."""
    _, answer = await post(client, entry, json={"paths": [f"{number}.mkv" for number in range(100)]})

    await hass.async_block_till_done()
    assert len(answer["rejected"]) == 100
    assert [each.result.request.path for each in entry.runtime_data.history] == [f"{n}.mkv" for n in range(20)]


async def test_bad_path_does_not_delay_others(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tv: Path,
    results: Any,
) -> None:
    """What a known library has is on the disk before Plex is asked whether it has new ones."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    hung = fake_plex.faults.add(Fault("slow", "/library/sections"))

    with patch("custom_components.plex_smart_scan.actions.submission.MAX_SEARCH", 10):
        posting = asyncio.create_task(post(client, entry, json={"paths": ["/downloads/x.mkv", str(episode)]}))
        await fake_plex.wait_for_request("/library/sections")
        assert await stored_paths(hass, entry) == [str(episode)]
        assert not posting.done()
        hung.remove()
        _, answer = await posting

    assert answer["accepted"] == [str(episode)]
    assert [each["path"] for each in answer["rejected"]] == ["/downloads/x.mkv"]
    await results(entry, 2)


async def test_libraries_are_not_read_in_time(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tmp_path: Path,
    results: Any,
) -> None:
    """Nothing is refused that a new library may have: it is accepted, and found out later."""
    root = tmp_path / "movies"
    movie = samples.add_movie(root, "Metropolis (1927)")
    fake_plex.add_library("Movies", "movie", {str(root): root})
    hung = fake_plex.faults.add(Fault("slow", "/library/sections"))

    with patch("custom_components.plex_smart_scan.actions.submission.MAX_SEARCH", 0.05):
        _, answer = await post(client, entry, json={"paths": [str(movie), "/downloads/x.mkv"]})

    assert answer == NOTHING | {"accepted": [str(movie), "/downloads/x.mkv"]}
    assert len(await stored_paths(hass, entry)) == 2
    hung.remove()
    found = {result.request.path: (result.outcome, result.reason) for result in await results(entry, 2)}
    assert found == {
        str(movie): (Outcome.ADDED, None),
        "/downloads/x.mkv": (Outcome.FAILED, Reason.NO_LIBRARY),
    }


async def test_the_answer_waits_for_no_mapping(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex, tv: Path
) -> None:
    """The mapping that would help is looked for after the answer, for the repair."""
    reported = f"/downloads/{samples.add_episode(tv, 'Westworld', 1, 2).relative_to(tv)}"
    hung = fake_plex.faults.add(Fault("slow", "/services/browse/*"))

    _, answer = await post(client, entry, json={"path": reported})

    assert str(tv) in answer["rejected"][0]["reason"]
    await fake_plex.wait_for_request("/services/browse/*")
    hung.remove()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [issue.translation_key for issue in ir.async_get(hass).issues.values()] == ["no_library_suggestion"]


async def test_a_path_of_another_server_is_not_ours(
    entry: MockConfigEntry, client: TestClient[Any, Any], tmp_path: Path
) -> None:
    """A webhook belongs to one server."""
    path = str(tmp_path / "media" / "movies" / "x.mkv")

    _, answer = await post(client, entry, json={"path": path})

    assert [each["path"] for each in answer["rejected"]] == [path]
    assert "Living room" in answer["rejected"][0]["reason"]


async def test_all_events_of_an_import_end_as_one_scan(
    entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex, tv: Path, results: Any
) -> None:
    """Sonarr reports each file, and then all of them together."""
    episodes = [samples.add_episode(tv, "Westworld", 1, number) for number in range(2, 8)]
    complete = sonarr(episodes[0]) | {"episodeFiles": [{"path": str(episode)} for episode in episodes]}
    del complete["episodeFile"]
    fake_plex.timings.scan_end = 0.1

    for body in [*map(sonarr, episodes), complete]:
        assert (await post(client, entry, json=body))[0] == HTTPStatus.OK

    found = await results(entry, 6)
    await entry.runtime_data.hass.async_block_till_done(wait_background_tasks=True)
    assert {result.outcome for result in found} <= {Outcome.ADDED, Outcome.UP_TO_DATE}
    assert len(fake_plex.stats.scans) == 1


async def test_plex_is_away(
    entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex, tv: Path, results: Any
) -> None:
    """Accepted all the same, and scanned once Plex is back."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await fake_plex.stop()

    assert (await post(client, entry, json=sonarr(episode)))[1]["accepted"] == [str(episode)]

    await fake_plex.start()
    assert (await results(entry, 1))[0].outcome is Outcome.ADDED


async def test_plex_is_away_when_home_assistant_starts(
    hass: HomeAssistant,
    fake_plex: FakePlex,
    tv: Path,
    set_up: SetUp,
    hass_client_no_auth: ClientSessionGenerator,
    results: Any,
) -> None:
    """What comes before the server is set up is kept, and scanned once it is."""
    await fake_plex.stop()
    entry = await set_up(websocket=False)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    client = await hass_client_no_auth()
    first, second = (samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3))

    for body in (sonarr(first), sonarr(second), sonarr(first)):
        status, answer = await post(client, entry, json=body)
        assert (status, len(answer["accepted"])) == (200, 1)
    assert (await post(client, entry, json={"eventType": "Test", "series": {}}))[1]["ignored"] == "test"
    assert (await post(client, entry, json={"path": "x"}))[1]["rejected"][0]["path"] == "x"
    assert sorted(await stored_paths(hass, entry)) == [str(first), str(second)]

    with full_disk():
        assert (await post(client, entry, json=sonarr(first)))[0] == HTTPStatus.SERVICE_UNAVAILABLE

    await fake_plex.start()
    await hass.config_entries.async_reload(entry.entry_id)
    found = await results(entry, 2)
    assert {result.request.path: result.outcome for result in found} == {
        str(first): Outcome.ADDED,
        str(second): Outcome.ADDED,
    }
    await hass.config_entries.async_unload(entry.entry_id)


def watched(come: asyncio.Event) -> Any:
    """Return a simulated journal that signals when it is used."""
    store = Inbox.async_store

    async def do(inbox: Inbox, requests: Sequence[ScanRequest]) -> PlexSmartScanCoordinator | None:
        come.set()
        return await store(inbox, requests)

    return do


async def test_while_the_server_is_set_up(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, results: Any
) -> None:
    """What comes just while the scanner reads what was kept waits for it, and is not written over its head."""
    await hass.config_entries.async_unload(entry.entry_id)
    starting, come, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()
    start = ScanEngine.start

    async def slowly(scanner: ScanEngine) -> None:
        starting.set()
        await go_on.wait()
        await start(scanner)

    with patch.object(ScanEngine, "start", slowly), patch.object(Inbox, "async_store", watched(come)):
        setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
        await starting.wait()
        posting = hass.async_create_task(post(client, entry, json=sonarr(samples.add_episode(tv, "Westworld", 1, 2))))
        await come.wait()
        go_on.set()
        assert await setting_up
        status, answer = await posting

    assert (status, len(answer["accepted"])) == (200, 1)
    assert (await results(entry, 1))[0].outcome is Outcome.ADDED


async def test_a_disabled_server_accepts_nothing(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """Disabled while Plex was away: nothing listens any more, and nothing is kept."""
    await fake_plex.stop()
    entry = await set_up(websocket=False)
    client = await hass_client_no_auth()
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)

    assert await (await client.post(url(entry), json={"path": str(tv)})).read() == b""

    assert entry.data[CONF_WEBHOOK_ID] not in hass.data["webhook"]
    assert await stored_paths(hass, entry) == []


@contextmanager
def slow_stop() -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Block stopping engines; yield an event for the start of the stop and one that releases it."""
    stopping, go_on, stop = asyncio.Event(), asyncio.Event(), ScanEngine.stop

    async def slowly(scanner: ScanEngine) -> None:
        stopping.set()
        await go_on.wait()
        await stop(scanner)

    with patch.object(ScanEngine, "stop", slowly):
        yield stopping, go_on
        go_on.set()


async def test_while_the_server_is_reloaded(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, results: Any
) -> None:
    """Notifications during a reload are kept and processed with the new options."""
    with slow_stop() as (stopping, go_on):
        reloading = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
        await stopping.wait()
        asked = asyncio.Event()
        with patch.object(Inbox, "async_store", watched(asked)):
            body = sonarr(samples.add_episode(tv, "Westworld", 1, 2))
            posting = hass.async_create_task(post(client, entry, json=body))
            await asked.wait()
        go_on.set()
        assert await reloading
        status, answer = await posting

    assert (status, len(answer["accepted"])) == (200, 1)
    assert (await results(entry, 1))[0].outcome is Outcome.ADDED


async def test_while_the_server_is_disabled(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path
) -> None:
    """Requests that would never be processed are rejected."""
    with slow_stop() as (stopping, go_on):
        disabling = hass.async_create_task(
            hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
        )
        await stopping.wait()
        status, answer = await post(client, entry, json={"path": str(tv)})
        go_on.set()
        await disabling

    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert "not loaded" in answer["reason"]


async def test_reloaded_while_libraries_are_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tmp_path: Path,
    results: Any,
) -> None:
    """A scanner that stops under a request's feet leaves it to the next one."""
    root = tmp_path / "movies"
    movie = samples.add_movie(root, "Metropolis (1927)")
    fake_plex.add_library("Movies", "movie", {str(root): root})
    hung = fake_plex.faults.add(Fault("slow", "/library/sections"))

    with patch("custom_components.plex_smart_scan.actions.submission.MAX_SEARCH", 10):
        posting = asyncio.create_task(post(client, entry, json={"path": str(movie)}))
        await fake_plex.wait_for_request("/library/sections")
        reloading = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
        hung.remove()
        _, answer = await posting
        await reloading

    assert answer["accepted"] == [str(movie)]
    assert (await results(entry, 1))[0].outcome is Outcome.ADDED


async def test_while_home_assistant_stops(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path
) -> None:
    """What comes in the last moment is kept for the next start; a scanner that is slow to stop leaves it alone."""
    first, second = (samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3))
    coordinator = entry.runtime_data
    with slow_stop() as (stopping, go_on):
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await stopping.wait()
        await coordinator.journal.accept([ScanRequest(path=str(first), id="kept")])
        with patch("custom_components.plex_smart_scan.request_inbox._STOP_TIMEOUT", 0.01):
            status, answer = await post(client, entry, json=sonarr(second))
        assert (status, answer["accepted"]) == (200, [str(second)])
        go_on.set()
        await coordinator.async_shutdown()

    assert await stored_paths(hass, entry) == [str(first), str(second)]


@pytest.mark.parametrize(("local_only", "accepted"), [(True, False), (False, True)])
async def test_remote_callers(
    hass: HomeAssistant, local_only: bool, accepted: bool, tv: Path, set_up: SetUp, results: Any
) -> None:
    """Remote callers are accepted only if the option allows it, and cannot find out whether the webhook exists."""
    entry = await set_up(**{CONF_WEBHOOK_LOCAL_ONLY: local_only})
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    request = MockRequest(
        content=json.dumps({"path": str(episode)}).encode(), mock_source="test", method="POST", remote="203.0.113.5"
    )

    answer = await webhook.async_handle_webhook(hass, entry.data[CONF_WEBHOOK_ID], request)

    assert answer.status == HTTPStatus.OK
    assert bool(answer.body) is accepted
    await results(entry, int(accepted))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_other_methods(entry: MockConfigEntry, client: TestClient[Any, Any]) -> None:
    """GET does nothing, because following a link is not a notification."""
    assert (await client.get(url(entry))).status == HTTPStatus.METHOD_NOT_ALLOWED


async def test_unloaded_and_loaded_again(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path
) -> None:
    """Nothing listens while the server is unloaded; a reload starts it again."""
    body = {"path": str(tv / "Westworld")}
    await hass.config_entries.async_unload(entry.entry_id)
    assert await (await client.post(url(entry), json=body)).read() == b""

    await hass.config_entries.async_setup(entry.entry_id)
    assert (await post(client, entry, json=body))[1]["accepted"] == [str(tv / "Westworld")]


async def test_nothing_of_a_body_is_logged(
    entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, caplog: pytest.LogCaptureFixture, results: Any
) -> None:
    """Bodies may hold anything, and the webhook's id is a secret."""
    caplog.set_level(logging.DEBUG, "custom_components.plex_smart_scan")
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    await post(client, entry, json=sonarr(episode) | {"release": {"indexer": "very-secret"}})

    await results(entry, 1)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components")]
    assert not any("very-secret" in text or entry.data[CONF_WEBHOOK_ID] in text for text in ours)


async def test_two_servers_have_two_webhooks(
    entry: MockConfigEntry, client: TestClient[Any, Any], set_up: SetUp, tmp_path: Path
) -> None:
    """Each takes what is in its own libraries."""
    other = FakePlex(machine_identifier="b" * 40, friendly_name="Attic")
    await other.start()
    root = tmp_path / "attic"
    samples.add_movie(root, "Tenet (2020)")
    other.add_library("Movies", "movie", {str(root): root})
    attic = await set_up(make_entry(other), websocket=False)
    try:
        _, answer = await post(client, attic, json={"path": str(root)})
        assert answer["accepted"] == [str(root)]
        _, answer = await post(client, entry, json={"path": str(root)})
        assert answer["accepted"] == []
    finally:
        await attic.runtime_data.hass.config_entries.async_unload(attic.entry_id)
        await other.stop()
