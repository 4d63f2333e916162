"""The import of the JSON file that contained the journal in versions before the database."""

from hashlib import sha256
import json
from pathlib import Path
from typing import Any, Final

from .damaged_file import name_aside
from .database import Database

_MARK: Final = "imported_json"


def import_json(path: Path, database: Database) -> None:
    """Import the requests of a JSON file; a damaged file is renamed and added to `set_aside`.

    The file is deleted once its rows are on disk. After a crash in between, the import is not repeated. Raises
    sqlite3.Error and OSError.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    try:
        rows = _rows(content)
    except ValueError, RecursionError:
        aside = name_aside(path)
        path.replace(aside)
        database.set_aside.append(aside)
        return
    database.import_rows(rows, _MARK, sha256(content).hexdigest())
    path.unlink()


def _rows(content: bytes) -> list[tuple[str, str]]:
    """Return ids and bodies. A row that is not a request is kept: the journal skips it when it reads."""
    data: Any = json.loads(content)
    rows = data.get("data", []) if isinstance(data, dict) else None
    if not isinstance(rows, list):
        message = "not a journal"
        raise ValueError(message)  # noqa: TRY004 - as for any other damaged content
    return [(str(row.get("id", "")) if isinstance(row, dict) else "", json.dumps(row)) for row in rows]
