"""The texts for finished requests in Activity and in the table of recent results."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from homeassistant.core import Context, HomeAssistant, State
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events, mock_restore_cache

from custom_components.plex_smart_scan.const import DOMAIN, EVENT_RESULT
from custom_components.plex_smart_scan.result_sentences import async_message_texts, predicate, title_of
from custom_components.plex_smart_scan.scanner import (
    Library,
    LibraryType,
    MediaFile,
    Outcome,
    Reason,
    ScannedLibrary,
    ScanRequest,
    ScanResult,
)
from tests.fake_plex import samples

from .conftest import Scan, SetUp

LAST_RESULT = "sensor.living_room_last_result"
TV = Library(id=1, title="TV Shows", type=LibraryType.SHOW, locations=("/tv",))


def item(title: str) -> MediaFile:
    """Return a file that Plex lists."""
    return MediaFile(rating_key=1, type="episode", title=title, full_title=title, file=f"/tv/{title}.mkv")


def result(outcome: Outcome, *folders: str, reason: Reason | None = None, titles: tuple[str, ...] = ()) -> ScanResult:
    """Return a result in the library of TV shows."""
    return ScanResult(
        request=ScanRequest(path="/tv/Westworld/S01E02.mkv"),
        outcome=outcome,
        reason=reason,
        libraries=(ScannedLibrary(library=TV, scanned=folders),),
        items=tuple(map(item, titles)),
        elapsed=0.84,
    )


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (result(Outcome.ADDED, "/tv/a"), "was added to TV Shows (1 folder, 0.8 s)"),
        (result(Outcome.ADDED, "/tv/a", "/tv"), "was added to TV Shows (2 folders, 0.8 s)"),
        (result(Outcome.ADDED), "was added to TV Shows (no separate scan, 0.8 s)"),
        (
            result(Outcome.ADDED, "/tv/a", reason=Reason.DAMAGED),
            "was added to TV Shows, but Plex found nothing playable in it",
        ),
        (result(Outcome.UPDATED, "/tv/a"), "was updated in TV Shows (1 folder, 0.8 s)"),
        (result(Outcome.REMOVED, "/tv/a"), "was removed from TV Shows (1 folder, 0.8 s)"),
        (result(Outcome.SCANNED, "/tv/a"), "was scanned in TV Shows (1 folder, 0.8 s)"),
        (result(Outcome.UP_TO_DATE), "was already up to date in TV Shows"),
        (
            result(Outcome.NOT_FOUND, reason=Reason.NOT_VISIBLE_TO_PLEX),
            (
                "was not found in Plex: Plex cannot see the file. "
                "Check the path mappings, the drive and the file permissions."
            ),
        ),
        (
            result(Outcome.FAILED, reason=Reason.PERMISSION),
            "failed: The access token does not permit scanning. Use the access token of the server's owner.",
        ),
    ],
)
async def test_every_outcome_has_a_sentence(
    hass: HomeAssistant, set_up: SetUp, result: ScanResult, sentence: str
) -> None:
    """Every outcome is a sentence about the title."""
    await set_up()

    assert predicate(await async_message_texts(hass), result) == sentence


@pytest.mark.parametrize(
    ("result", "title"),
    [
        (result(Outcome.ADDED, titles=("Westworld – S01E02 Chestnut",)), "Westworld – S01E02 Chestnut"),
        (result(Outcome.ADDED, titles=("Pilot", "Chestnut", "Pilot")), "Pilot (+1)"),
        (replace(result(Outcome.REMOVED), removed=(item("Chestnut"),)), "Chestnut"),
        (replace(result(Outcome.REMOVED), removed=(item("Pilot"), item("Chestnut"))), "S01E02.mkv"),
        (result(Outcome.NOT_FOUND), "S01E02.mkv"),
        (ScanResult(request=ScanRequest(path="relative"), outcome=Outcome.FAILED), "relative"),
        (ScanResult(request=ScanRequest(path="D:\\TV\\Lost"), outcome=Outcome.SCANNED), "Lost"),
    ],
)
def test_sentence_names_the_title_or_the_file(result: ScanResult, title: str) -> None:
    """The title is the title in Plex, or the file name."""
    assert title_of(result) == title


async def test_result_event_has_the_context_of_the_caller(
    hass: HomeAssistant, tv: Path, set_up: SetUp, device_registry: dr.DeviceRegistry
) -> None:
    """Each result is fired in the context of the caller, with what an automation needs."""
    entry = await set_up()
    events = async_capture_events(hass, EVENT_RESULT)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    context = Context()

    await hass.services.async_call(DOMAIN, "scan_path", {"path": str(episode)}, blocking=True, context=context)

    (event,) = events
    (server,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert event.context.id == context.id
    sentence = event.data["message"]
    assert sentence.startswith("was added to TV Shows (1 folder, ")
    assert event.data == {
        "entity_id": "event.living_room_scan",
        "device_id": server.id,
        "server": "Living room",
        "outcome": "added",
        "reason": None,
        "title": "Westworld – S01E02 Episode 2",
        "message": sentence,
        "library": "TV Shows",
        "path": str(episode),
    }


async def test_recent_results_are_limited_and_not_recorded(
    hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """The newest is the first of at most 20 rows, and the recorder keeps none of them."""
    await set_up(validation_timeout=0.5)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await scan([str(tv / f"Missing {number}.mkv") for number in range(19)])
    for _ in range(2):
        await scan(str(episode))
    await hass.async_block_till_done()

    state = hass.states.get(LAST_RESULT)
    assert state
    rows = state.attributes["recent"]
    assert len(rows) == 20
    row = dict(rows[0])
    assert dt_util.utcnow() - dt_util.parse_datetime(row.pop("time"), raise_on_error=True) < timedelta(minutes=1)
    assert row.pop("seconds") >= 0
    assert row == {
        "outcome": "up_to_date",
        "title": "Westworld – S01E02 Episode 2",
        "library": "TV Shows",
        "path": str(episode),
        "message": "Already up to date in TV Shows",
    }
    assert "recent" in state.state_info["unrecorded_attributes"]  # type: ignore[index]


async def test_recent_results_survive_a_restart(hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """They follow the new results."""
    old = {"time": "2026-01-02T03:04:05+00:00", "outcome": "added", "title": "Pilot"}
    mock_restore_cache(hass, [State(LAST_RESULT, "added", {"recent": [old, "damaged"]})])
    await set_up()

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    await hass.async_block_till_done()

    state = hass.states.get(LAST_RESULT)
    assert state
    assert [row["title"] for row in state.attributes["recent"]] == ["Westworld – S01E02 Episode 2", "Pilot"]
