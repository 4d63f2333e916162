"""One media file: added, up to date, updated."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from tests.fake_plex import FakePlex, samples

from .conftest import Bench, MakeBench


@pytest.fixture
def tv(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the folder of a TV library that Plex knows by the same name."""
    root = tmp_path / "tv"
    samples.add_episode(root, "Westworld", 1, 1)
    fake_plex.add_library("TV Shows", "show", {str(root): root})
    fake_plex.seed()
    return root


@pytest.mark.parametrize("websocket", [True, False])
async def test_new_episode_is_added(tv: Path, make_bench: MakeBench, websocket: bool) -> None:
    bench = await make_bench(websocket=websocket)
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    result = await bench.scan(episode)
    print(result)
    print([(r.method, r.path, r.query) for r in bench.plex.stats.requests], bench.plex.stats.bytes_sent)

    assert result.outcome is Outcome.ADDED
    assert result.libraries[0].scanned == (str(episode.parent),)
    assert result.attempts == 1
    (item,) = result.items
    assert item.duration and item.bitrate and item.resolution
    result = await bench.scan(episode)
    assert result.outcome is Outcome.UP_TO_DATE
