"""Websocket events about the analysis of an item that arrive during a look-up."""

import asyncio
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.plex_smart_scan.scanner.libraries.index import Match
from custom_components.plex_smart_scan.scanner.models import MediaFile, Outcome
from custom_components.plex_smart_scan.scanner.plex.events import PROCESSED, PlexEvent, TimelineEvent
from tests.fake_plex import FakePlex, samples
from tests.scanner.conftest import QUICK, MakeBench


@pytest.mark.parametrize("replaced", [False, True], ids=["added", "updated"])
async def test_analysis_event_that_overtakes_a_response_is_used(
    tv: Path, fake_plex: FakePlex, make_bench: MakeBench, replaced: bool
) -> None:
    """The response is older than the event: it causes neither a damaged file nor an old duration."""
    # `quiet_period`: how long to wait for the end of a requested analysis, and after one that found nothing.
    bench = await make_bench(timing=replace(QUICK, quiet_period=30.0 if replaced else 0.0, analysis_timeout=60.0))
    episode = tv / "Westworld" / "Season 01" / f"Westworld - S01E0{1 if replaced else 2}.mkv"
    before = (await bench.scan(episode)).items[0].duration if replaced else None
    samples.put(episode, samples.LARGE)
    ask, processed, overtaken = bench.engine.lookups.files_at, asyncio.Event(), 0

    def on_event(event: PlexEvent) -> None:
        if isinstance(event, TimelineEvent) and event.state == PROCESSED and event.media_state is None:
            processed.set()

    async def respond_late(match: Match) -> tuple[MediaFile, ...] | None:
        nonlocal overtaken
        found = await ask(match)
        analyzing = fake_plex.stats.count("/library/metadata/*/analyze", "PUT") if replaced else found
        if analyzing and not overtaken:
            overtaken += 1
            processed.clear()
            fake_plex.release_analysis()
            await processed.wait()
        return found

    bench.engine.websocket.listen(on_event)
    fake_plex.hold_analysis()
    with patch.object(bench.engine.lookups, "files_at", respond_late):
        result = await bench.scan(episode)

    assert overtaken == 1
    assert (result.outcome, result.reason) == (Outcome.UPDATED if replaced else Outcome.ADDED, None)
    assert result.items[0].duration not in {None, before}
