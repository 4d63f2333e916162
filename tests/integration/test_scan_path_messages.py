"""The messages and errors of the action `scan_path`: their sentences, translations and plurals."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.result_sentences import async_message_texts, message
from custom_components.plex_smart_scan.scanner import (
    Library,
    LibraryType,
    Outcome,
    ScannedLibrary,
    ScanRequest,
    ScanResult,
)
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, SetUp


async def test_message_is_translated(hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """The message is in Home Assistant's language."""
    hass.config.language = "de"
    await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    (result,) = (await scan(str(episode)))["results"]

    assert result["message"] == "Zu TV Shows hinzugefügt, nachdem 1 Ordner gescannt wurde"


@pytest.mark.parametrize(
    ("fault", "outcome", "message"),
    [
        (None, "not_found", "Plex cannot see the file"),
        (
            Fault("status", "/library/sections/*/refresh", status=403),
            "failed",
            "The access token does not permit scanning",
        ),
        (Fault("status", "/library/sections/*/refresh", status=400, body="no"), "failed", "Plex rejected the request"),
    ],
)
async def test_every_reason_has_a_sentence(
    fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, fault: Fault | None, outcome: str, message: str
) -> None:
    """Each reason has a sentence."""
    await set_up(validation_timeout=0.5)
    episode = tv / "Westworld" / "Season 01" / "Westworld - S01E09.mkv"
    if fault:
        fake_plex.faults.add(fault)
        samples.add_episode(tv, "Westworld", 1, 9)

    (result,) = (await scan(str(episode)))["results"]

    assert result["outcome"] == outcome
    assert result["message"].startswith(message)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (
            403,
            r"was not scanned: the access token does not permit scanning\. Use the access token of the server's owner",
        ),
        (400, "was not scanned: Plex rejected the request"),
    ],
)
async def test_error_if_all_results_failed(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, status: int, message: str
) -> None:
    """Without a response variable, the action raises a translated error."""
    await set_up()
    fake_plex.faults.add(Fault("status", "/library/sections/*/refresh", status=status, body="no"))
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    with pytest.raises(HomeAssistantError, match=message) as error:
        await hass.services.async_call(DOMAIN, "scan_path", {"path": str(episode)}, blocking=True)

    assert error.value.translation_domain == DOMAIN
    assert error.value.translation_key in {"scan_failed_permission", "scan_failed_bad_request"}
    assert str(episode) in str(error.value)


async def test_error_if_several_results_failed(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """One error is raised for all results, but not with a response or if one path succeeded."""
    await set_up()
    fault = fake_plex.faults.add(Fault("status", "/library/sections/*/refresh", status=403))
    paths = [str(samples.add_episode(tv, "Westworld", 1, number)) for number in (2, 3)]

    with pytest.raises(HomeAssistantError, match="None of the 2 paths was scanned"):
        await hass.services.async_call(DOMAIN, "scan_path", {"path": paths}, blocking=True)
    assert (await scan(paths))["summary"] == {"failed": 2}

    fault.remove()
    mixed = [paths[0], "/nowhere/x.mkv"]
    await hass.services.async_call(DOMAIN, "scan_path", {"path": mixed}, blocking=True)


async def test_pending_raises_no_error(hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp) -> None:
    """`pending` and `not_found` do not raise an error."""
    await set_up(validation_timeout=0.5)
    missing = str(tv / "Westworld" / "Season 01" / "Missing - S01E09.mkv")

    await hass.services.async_call(DOMAIN, "scan_path", {"path": missing}, blocking=True)
    await hass.services.async_call(DOMAIN, "scan_path", {"path": missing, "wait": False}, blocking=True)


async def test_damaged_media_file_is_reported(fake_plex: FakePlex, movies: Path, set_up: SetUp, scan: Scan) -> None:
    """A file that Plex lists but cannot play is reported."""
    await set_up()
    movie = samples.add_movie(movies, "Metropolis (1927)", sample=samples.DAMAGED)

    (result,) = (await scan(str(movie)))["results"]

    assert (result["outcome"], result["reason"]) == ("added", "damaged")
    assert result["message"] == "Added to Movies, but Plex found nothing playable in it"


@pytest.mark.parametrize(
    ("outcome", "folders", "sentence"),
    [
        (Outcome.ADDED, 0, "Added to TV Shows by another scan"),
        (Outcome.UPDATED, 1, "Updated in TV Shows after scanning 1 folder"),
        (Outcome.REMOVED, 2, "Removed from TV Shows after scanning 2 folders"),
        (Outcome.SCANNED, 3, "Scanned 3 folders in TV Shows"),
        (Outcome.NOT_FOUND, 3, "Not found in Plex"),
    ],
)
async def test_sentence_has_the_correct_plural(
    hass: HomeAssistant, set_up: SetUp, outcome: Outcome, folders: int, sentence: str
) -> None:
    """The sentences are correct for no, one and several folders, and for outcomes without a reason."""
    await set_up()
    library = Library(id=1, title="TV Shows", type=LibraryType.SHOW, locations=("/tv",))
    scanned = ScannedLibrary(library=library, scanned=tuple(f"/tv/{n}" for n in range(folders)))
    result = ScanResult(request=ScanRequest(path="/tv/x.mkv"), outcome=outcome, libraries=(scanned,))

    assert message(await async_message_texts(hass), result) == sentence
