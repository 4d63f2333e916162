"""The folder of a library on a real disk."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.libraries.index import Match
from custom_components.plex_smart_scan.scanner.paths.clean_path import CleanPath, clean
from tests.scanner.builders import a_match

TIME_LIMIT = 30.0  # seconds; every call of a healthy disk ends earlier


@pytest.fixture
def tv(tmp_path: Path) -> Path:
    """Return the folder of a library as Home Assistant sees it; Plex calls it /tv."""
    folder = tmp_path / "tv"
    write_file(folder / "Show" / "Season 01" / "Show - S01E01.mkv", 1000)
    return folder


def write_file(path: Path, size: int = 5) -> Path:
    """Write a file of a size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def local_and_match(folder: Path, below: str) -> tuple[list[CleanPath], Match]:
    """Return where Home Assistant sees what Plex calls /tv/…, and the match."""
    return [clean(f"{folder}/{below}" if below else str(folder))], a_match(f"/tv/{below}")
