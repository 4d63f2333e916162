"""Files of a show that are scanned."""

from pathlib import Path

from tests.fake_plex import samples


def episodes(tv: Path, show: str, count: int) -> list[Path]:
    """Add a season of episodes."""
    return [samples.add_episode(tv, show, 1, number) for number in range(2, count + 2)]
