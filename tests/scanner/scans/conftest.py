"""Files of a show, and a second library, that are scanned."""

from pathlib import Path

import pytest

from tests.fake_plex import FakePlex, samples


@pytest.fixture
def movies(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the folder of an empty movie library."""
    folder = tmp_path / "m"
    folder.mkdir()
    fake_plex.add_library("Movies", "movie", {str(folder): folder})
    return folder


def episodes(tv: Path, show: str, count: int) -> list[Path]:
    """Add a season of episodes."""
    return [samples.add_episode(tv, show, 1, number) for number in range(2, count + 2)]
