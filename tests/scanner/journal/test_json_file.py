"""The JSON file of earlier versions is imported once, or set aside if it is damaged."""

from dataclasses import asdict
import json
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.journal.database import JournalError
from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from tests.scanner.builders import FrozenClock
from tests.scanner.disk import Disk

from .conftest import a_request, loaded


async def test_json_file_is_imported_once(disk: Disk, tmp_path: Path, clock: FrozenClock) -> None:
    """Its rows are imported in order and the file is deleted; after a crash nothing is imported twice."""
    old = tmp_path / "old"
    rows = [asdict(a_request(name, size=5)) for name in ("a", "b")]
    content = json.dumps({"version": 1, "minor_version": 1, "key": "x", "data": [*rows, "text"]})
    old.write_text(content)
    journal = Journal(disk, clock, json_file=old)

    found = await loaded(journal)

    assert found == [a_request("a", size=5), a_request("b", size=5)]
    assert not old.exists()
    await journal.close()
    old.write_text(content)  # as if the crash had come before it was deleted
    again = Journal(disk, clock, json_file=old)
    assert len(await loaded(again)) == 2
    assert not old.exists()
    await again.close()


@pytest.mark.parametrize("content", ["{", "[]", '{"data": 5}', "[" * 100_000])
async def test_damaged_json_file_is_set_aside(content: str, disk: Disk, tmp_path: Path) -> None:
    """It is kept under another name, which is reported."""
    old = tmp_path / "old"
    old.write_text(content)
    reported: list[Path] = []
    journal = Journal(disk, json_file=old, on_set_aside=reported.append)

    assert await loaded(journal) == []
    await journal.accept([a_request("a")])
    await journal.close()

    assert [path.read_text() for path in reported] == [content]
    assert "damaged" in reported[0].name


async def test_json_file_that_cannot_be_read_now(disk: Disk, tmp_path: Path) -> None:
    """A failing disk is not a damaged file: nothing is accepted before it can be read."""
    (tmp_path / "old").mkdir()
    journal = Journal(disk, json_file=tmp_path / "old")

    with pytest.raises(JournalError):
        await loaded(journal)
    (tmp_path / "old").rmdir()

    assert await loaded(journal) == []
    await journal.close()
