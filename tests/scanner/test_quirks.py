"""Servers differ: with every known quirk, a file is added, replaced and removed."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from tests.fake_plex import FakePlex, Quirks, samples

from .conftest import MakeBench

_VALUES = {
    "drop_close_scans": 0.05,
    "refresh_methods": "post",
    "listing_delay": 0.05,
    "browse_refused": 403,
    "subtitle": "none",
    "notification_numbers": "str",
}
OTHERWISE: dict[str, Any] = {field.name: _VALUES.get(field.name, not field.default) for field in fields(Quirks)}


# Without a websocket, a short scan is never observed, and only an observed scan can cause a wider one.
_NEEDS_WEBSOCKET = {"miss_new_nested_folders"}
CASES = [
    pytest.param(quirk, websocket, id=f"{'websocket' if websocket else 'polling'}-{quirk}")
    for quirk in OTHERWISE
    for websocket in (True, False)
    if websocket or quirk not in _NEEDS_WEBSOCKET
]


@pytest.mark.parametrize(("quirk", "websocket"), CASES)
async def test_file_is_added_replaced_and_removed_with_each_quirk(
    fake_plex: FakePlex, tv: Path, make_bench: MakeBench, quirk: str, websocket: bool
) -> None:
    """Each quirk is inverted, with and without a websocket."""
    setattr(fake_plex.quirks, quirk, OTHERWISE[quirk])
    bench = await make_bench(websocket=websocket)
    episode = samples.add_episode(tv, "Westworld", 3, 1)

    added = await bench.scan(episode)
    again = await bench.scan(episode)
    samples.put(episode, samples.LARGE)
    updated = await bench.scan(episode)
    episode.unlink()
    removed = await bench.scan(episode)

    outcomes = [result.outcome for result in (added, again, updated, removed)]
    assert outcomes == [Outcome.ADDED, Outcome.UP_TO_DATE, Outcome.UPDATED, Outcome.REMOVED]
    assert bench.plex.part(str(episode)) is None


async def test_unlisted_file_is_not_added_without_a_websocket(
    fake_plex: FakePlex, tv: Path, make_bench: MakeBench
) -> None:
    """The scan was not observed, so there is no wider one, and the file is not reported as added."""
    fake_plex.quirks.miss_new_nested_folders = True
    bench = await make_bench(websocket=False, validation_timeout=1.0)
    episode = samples.add_episode(tv, "Westworld", 3, 1)

    result = await bench.scan(episode)

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.TIMEOUT)
    assert set(bench.refreshed) == {str(episode.parent)}


async def test_file_is_only_added_if_its_location_was_scanned(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A server that scans the wrong one of two roots answers 200; a file is only added if Plex lists it."""
    fake_plex.quirks.substring_locations = True
    movies, torrents = tmp_path / "movies", tmp_path / "torrents" / "movies"
    for root in (movies, torrents):
        root.mkdir(parents=True)
    fake_plex.add_library("Movies", "movie", {"/movies": movies, "/torrents/movies": torrents})
    bench = await make_bench()
    samples.add_movie(torrents, "Tenet (2020)")

    result = await bench.scan("/torrents/movies/Tenet (2020)/Tenet (2020).mkv")

    assert (result.outcome, result.reason) in {(Outcome.ADDED, None), (Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)}
    assert (result.outcome is Outcome.ADDED) == bool(bench.plex.part("/torrents/movies/Tenet (2020)/Tenet (2020).mkv"))
