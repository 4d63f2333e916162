"""The file is damaged or deleted while a journal is open: its unfinished requests are written to the new file."""

from collections.abc import Callable
from pathlib import Path
import sqlite3

import pytest

from custom_components.plex_smart_scan.scanner.journal import database as database_module
from custom_components.plex_smart_scan.scanner.journal.database import Changes, Database, JournalError
from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from custom_components.plex_smart_scan.scanner.models import ScanRequest
from tests.fake_plex import samples
from tests.scanner.builders import FrozenClock
from tests.scanner.conftest import MakeBench
from tests.scanner.disk import Disk, damage_open_file

from .conftest import a_request, loaded


def damage(disk: Disk) -> None:
    """Overwrite the first pages."""
    damage_open_file(disk)


def write_text(disk: Disk) -> None:
    """Overwrite everything with a text."""
    size = len(damage_open_file(disk))
    disk.path.write_bytes(b"not a database".ljust(size))


def delete(disk: Disk) -> None:
    """Delete the file and its log."""
    for file in disk.path.parent.glob(f"{disk.path.name}*"):
        file.unlink()


def let_another_journal_set_it_aside(disk: Disk) -> None:
    """Damage the file; only another connection notices it, and renames the file."""
    damage_open_file(disk, noticed=False)
    other = Database(disk.path)
    other.open()
    other.close()
    assert len(other.set_aside) == 1


@pytest.mark.parametrize("fault", [damage, write_text, delete, let_another_journal_set_it_aside])
async def test_unfinished_requests_are_in_the_new_file(
    journal: Journal, disk: Disk, clock: FrozenClock, tmp_path: Path, fault: Callable[[Disk], None]
) -> None:
    """Once the next request is accepted, the file contains all unfinished requests in their order, and no others."""
    first, second, finished, replaced = (a_request(name) for name in ("first", "second", "finished", "replaced"))
    await journal.accept([finished, first, replaced, second])
    journal.drop(finished)
    fault(disk)

    await journal.accept([a_request("new")], replaces=["replaced"])

    again = Journal(disk.copy(tmp_path / "left.db"), clock)
    assert await loaded(again) == [first, second, a_request("new")]
    await again.close()
    journal.drop(first)
    await journal.close()
    assert disk.ids == ["second", "new"]


async def test_file_of_another_journal_is_kept(journal: Journal, disk: Disk, tmp_path: Path) -> None:
    """Another journal has renamed the damaged file and writes to the new one: the requests of both are in it."""
    await journal.accept([a_request("first"), a_request("second")])
    damage_open_file(disk, noticed=False)
    other = Database(disk.path)
    assert other.write([Changes(accepted=(a_request("other"),))]) == [None]

    await journal.accept([a_request("new")])
    assert other.write([Changes(accepted=(a_request("last"),))]) == [None]

    left = disk.copy(tmp_path / "left.db")
    assert sorted(left.ids) == ["first", "last", "new", "other", "second"]
    await journal.close()
    other.close()
    assert sorted(disk.ids) == ["first", "last", "new", "other", "second"]


async def test_loading_continues_in_the_new_file(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """The file is damaged while it is loaded: what can be read of it is loaded, each request once and in order."""
    await journal.accept(ScanRequest(id=str(number), path="/tv/" + "x" * 2000) for number in range(500))
    await journal.close()
    again = Journal(disk, clock)
    found: list[str] = []

    async for requests in again.load():
        found += [request.id for request in requests]
        if len(found) == 200:
            again.drop(requests[0])
            damage_open_file(disk, page=-1)  # the next request belongs there
            await again.accept([a_request("new")])

    assert found == [str(number) for number in range(len(found))]
    assert 490 < len(found) < 500
    await again.close()
    assert sorted(disk.ids) == sorted({*found, "new"} - {"100"})


async def test_requests_are_written_again_when_the_disk_has_space(
    journal: Journal, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full when the new file is created delays it; nothing is forgotten until then."""

    def fail(*_arguments: object) -> int:
        message = "database or disk is full"
        raise sqlite3.OperationalError(message)

    await journal.accept([a_request("first"), a_request("second")])
    damage_open_file(disk)
    with monkeypatch.context() as patch:
        patch.setattr(database_module, "_insert", fail)
        for _ in range(2):
            with pytest.raises(JournalError, match="full"):
                await journal.accept([a_request("refused")])

    await journal.accept([a_request("new")])

    assert disk.ids == ["first", "second", "new"]


async def test_engine_resumes_all_requests_after_damage_and_a_crash(
    tv: Path, make_bench: MakeBench, tmp_path: Path
) -> None:
    """Requests that an engine has accepted before the damage are finished by the next engine."""
    bench = await make_bench()
    bench.plex.hold_scans()
    episodes = [samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3, 4)]
    await bench.engine.submit([bench.request(episode) for episode in episodes[:2]], durable=True)
    damage_open_file(bench.disk)

    await bench.engine.submit([bench.request(episodes[2])], durable=True)

    left = bench.disk.copy(tmp_path / "left.db")
    assert left.paths == [str(episode) for episode in episodes]
    bench.plex.release_scans()
    await bench.engine.stop()
    again = await make_bench(disk=left)
    await again.until_done()
    assert {result.request.path for result in again.results} == {str(episode) for episode in episodes}
