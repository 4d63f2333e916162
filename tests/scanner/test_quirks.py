"""Servers differ: whatever a server does otherwise than most, a file is added, replaced and removed all the same."""

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


@pytest.mark.parametrize("quirk", OTHERWISE)
@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_added_replaced_and_removed(
    fake_plex: FakePlex, tv: Path, make_bench: MakeBench, quirk: str, websocket: bool
) -> None:
    """Each quirk turned round from its default, with and without a websocket."""
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


async def test_location_that_is_part_of_another(fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench) -> None:
    """A server that takes the wrong root of two answers 200 as ever; a file is only called added if Plex lists it."""
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
