"""The journal's file: private, durable, and never overwritten if it is not a journal."""

from collections.abc import Callable, Iterator
from pathlib import Path
import sqlite3
import stat

import pytest

from custom_components.plex_smart_scan.scanner.journal.database import Changes, Database
from custom_components.plex_smart_scan.scanner.models import ScanRequest
from tests.scanner.disk import damage_open_file, read_rows


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return a database with three requests, closed."""
    database = Database(tmp_path / "storage" / "journal.db")
    write(database, "a", "b", "c")
    database.write([Changes(marks={"mark": "1"})])
    database.close()
    yield database
    database.close()


def write(database: Database, *names: str) -> None:
    """Write requests; raise the first error."""
    requests = tuple(ScanRequest(id=name, path=f"/tv/{name}.mkv" + "x" * 2000) for name in names)
    for error in database.write([Changes(accepted=requests)]):
        if error:
            raise error


def ids(database: Database) -> list[str]:
    """Return the requests on disk."""
    return [row["id"] for row in read_rows(database.path)]


def test_files_are_readable_by_their_owner_only(database: Database) -> None:
    """Paths and user ids are private; SQLite creates its log with the same mode."""
    write(database, "d")

    files = sorted(database.path.parent.iterdir())

    assert [file.name for file in files] == ["journal.db", "journal.db-shm", "journal.db-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    database.close()
    assert list(database.path.parent.iterdir()) == [database.path]


def test_commit_survives_a_crash(database: Database, tmp_path: Path) -> None:
    """A commit is on disk before it returns: a copy of the files, as after a crash, contains it."""
    write(database, "d")
    for file in database.path.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())

    assert ids(Database(tmp_path / "journal.db")) == ["a", "b", "c", "d"]


def test_settings_make_commits_durable(database: Database) -> None:
    """The settings that make commits durable."""
    connection = database.open()

    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def write_damaged_header(path: Path) -> None:
    """Overwrite the beginning."""
    content = path.read_bytes()
    path.write_bytes(b"\0" * 100 + content[100:])


def text(path: Path) -> None:
    """Write something else."""
    path.write_text("not a database, but a text of some length\n" * 100)


def write_foreign_database(path: Path) -> None:
    """Put another program's database there."""
    path.unlink()
    connection = sqlite3.connect(path, autocommit=True)
    connection.execute("CREATE TABLE photos (name TEXT)")
    connection.close()


def write_other_tables(path: Path) -> None:
    """Create tables that no version of the journal has."""
    connection = sqlite3.connect(path, autocommit=True)
    connection.execute("ALTER TABLE requests RENAME TO jobs")
    connection.close()


@pytest.mark.parametrize("damage", [write_damaged_header, text, write_foreign_database, write_other_tables])
def test_unusable_file_is_set_aside(database: Database, damage: Callable[[Path], None]) -> None:
    """It is kept under a name that says so, and a new file is created."""
    damage(database.path)
    before = database.path.read_bytes()

    write(database, "new")

    (aside,) = database.set_aside
    assert aside.read_bytes() == before
    assert aside.name.startswith("journal.db.damaged-")
    assert ids(database) == ["new"]


def test_files_set_aside_do_not_overwrite_each_other(database: Database) -> None:
    """None is overwritten by the next."""
    for _ in range(3):
        database.close()
        text(database.path)
        write(database, "new")

    assert len({path for path in database.set_aside if path.exists()}) == 3


def test_readable_rows_of_a_damaged_file_are_kept(database: Database) -> None:
    """A page in the middle is damaged: the requests and marks elsewhere are copied."""
    write(database, *(f"request {number}" for number in range(100)))
    database.close()
    with database.path.open("r+b") as file:
        file.seek(4096 * 30)
        file.write(b"\xff" * 4096)

    write(database, "new")

    assert len(database.set_aside) == 1
    found = ids(database)
    assert found[:3] == ["a", "b", "c"]
    assert found[-1] == "new"
    assert len(found) > 20
    assert database.mark("mark") == "1"


def test_file_damaged_while_open_is_set_aside(database: Database) -> None:
    """The next commit renames the file, keeps its content, and succeeds."""
    damaged = damage_open_file(database)

    write(database, "new")

    (aside,) = database.set_aside
    assert aside.name.startswith("journal.db.damaged-")
    assert aside.read_bytes() == damaged
    assert ids(database) == ["new"]


def test_rows_of_a_newer_version_are_kept(database: Database) -> None:
    """Tables and columns of a newer version are kept, and so are its rows."""
    connection = database.open()
    connection.execute("PRAGMA user_version = 7")
    connection.execute("ALTER TABLE requests ADD COLUMN priority INTEGER")
    connection.execute("CREATE TABLE more (x)")
    database.close()

    write(database, "d")

    assert ids(database) == ["a", "b", "c", "d"]
    assert database.set_aside == []
    assert database.open().execute("PRAGMA user_version").fetchone() == (7,)


def test_file_is_opened_when_the_disk_works_again(database: Database) -> None:
    """A failing disk is not a damaged file; the file is opened once the disk works."""
    folder = database.path.parent
    folder.rename(folder.with_name("away"))
    folder.write_text("in the way")

    with pytest.raises(OSError, match=r"exists|directory"):
        database.open()
    folder.unlink()
    folder.with_name("away").rename(folder)

    write(database, "d")
    assert ids(database) == ["a", "b", "c", "d"]


def test_space_of_finished_requests_is_freed(database: Database) -> None:
    """The space of finished requests is freed when the file is opened."""
    names = [f"request {number}" for number in range(5000)]
    write(database, *names)
    database.write([Changes(dropped=tuple(names))])
    database.close()
    large = database.path.stat().st_size

    database.open()
    database.close()

    assert database.path.stat().st_size < large / 100
    assert ids(database) == ["a", "b", "c"]


def test_bytes_written_are_independent_of_pending_requests(database: Database) -> None:
    """The bytes written for one path, as the system counts them, with 0 and 50,000 requests."""

    def bytes_per_path() -> float:
        before = bytes_written()
        for number in range(50):
            write_small(database, f"single {number}")
        return (bytes_written() - before) / 50

    alone = bytes_per_path()
    write_small(database, *(f"waiting {number}" for number in range(50_000)))
    crowded = bytes_per_path()

    assert alone < 10_000
    assert crowded < 10_000
    database.close()


def write_small(database: Database, *names: str) -> None:
    """Write requests of a usual size."""
    requests = tuple(ScanRequest(id=name, path=f"/data/tv/Some Show/Season 01/{name}.mkv", size=1) for name in names)
    assert database.write([Changes(accepted=requests)]) == [None]


def bytes_written() -> int:
    """Return the bytes that this process has written."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("wchar:")).split()[1])
