"""The comparison that the README cites: every way finds the new file, and ours asks for the least."""

from pathlib import Path

import pytest

from benchmarks import compare
from benchmarks.compare import Cost
from benchmarks.table import Table

FILES = 200


async def test_integration_needs_the_fewest_requests(
    socket_enabled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours reads one folder or none; a whole-library scan reads them all; a search downloads more."""
    monkeypatch.setattr(compare, "ROUNDS", 1)
    measured: dict[str, list[Cost]] = {}
    monkeypatch.setattr(compare, "_add", lambda _table, how, costs: measured.update({how: costs}))

    tables: list[Table] = [table async for table in compare.run(tmp_path, FILES)]

    assert [table.title for table in tables] == [f"One new episode in a library of {FILES}"]
    stats = {how: costs[0].stats for how, costs in measured.items()}
    folders = {how: each.folders_listed for how, each in stats.items()}
    assert folders == {
        "Plex Smart Scan, websocket": 1,
        "Plex Smart Scan, polling": 1,
        "Plex Smart Scan, file is up to date": 0,
        "plex.refresh_library, then look-ups": 1 + 2 + 10,
        "folder scan, then a search with plexapi": 1,
        "the algorithm of the original feature request": 1,
    }
    websocket = stats["Plex Smart Scan, websocket"]
    assert websocket.bytes_sent < stats["folder scan, then a search with plexapi"].bytes_sent / 10
    assert stats["Plex Smart Scan, file is up to date"].requests == 1
