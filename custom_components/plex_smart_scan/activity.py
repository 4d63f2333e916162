"""A finished request in words: for Home Assistant's Activity, and for the table of recent results."""

from datetime import datetime
from typing import Any, Final

from .actions.response import COMMON_PREFIX, message
from .scanner.models import Outcome, Reason, ScanResult
from .scanner.paths.clean_path import cleaned

_EXPLAINED: Final = frozenset({Outcome.NOT_FOUND, Outcome.FAILED})


def title_of(result: ScanResult) -> str:
    """Return its title in Plex, or in Plex before it was removed, else the name in its path.

    Of several items the first and how many more there are; several that were removed are called by their folder.
    """
    titles = list(dict.fromkeys(item.full_title for item in result.items if item.full_title))
    if titles:
        return titles[0] if len(titles) == 1 else f"{titles[0]} (+{len(titles) - 1})"
    removed = {item.full_title for item in result.removed if item.full_title}
    if len(removed) == 1:
        return removed.pop()
    path = cleaned(result.request.path)
    return (path.name if path else "") or result.request.path


def libraries_of(result: ScanResult) -> str:
    """Return the titles of the libraries that a request concerned."""
    return ", ".join(each.library.title for each in result.libraries)


def predicate(texts: dict[str, str], result: ScanResult) -> str:
    """Return what happened, as a sentence whose subject is the title: `was added to TV Shows (1 folder, 0.8 s)`."""
    outcome: str = result.outcome.value
    key = f"activity_{outcome}" + ("_damaged" if result.reason is Reason.DAMAGED else "")
    return texts.get(f"{COMMON_PREFIX}{key}", outcome).format(
        libraries=libraries_of(result),
        details=_details(texts, result),
        message=message(texts, result) if result.outcome in _EXPLAINED else "",
    )


def _details(texts: dict[str, str], result: ScanResult) -> str:
    folders = sum(len(each.scanned) for each in result.libraries)
    key = "activity_details" + {0: "_zero", 1: "_one"}.get(folders, "")
    return texts.get(f"{COMMON_PREFIX}{key}", "").format(folders=folders, seconds=f"{result.elapsed:.1f}")


def waiting_row(texts: dict[str, str], result: ScanResult) -> dict[str, Any]:
    """Return a request that waits as a row of the attribute `waiting`."""
    return {
        "title": title_of(result),
        "path": result.request.path,
        "reason": result.reason.value if result.reason else None,
        "message": message(texts, result),
    }


def recent_row(texts: dict[str, str], at: datetime, result: ScanResult) -> dict[str, Any]:
    """Return a finished request as a row of the attribute `recent`."""
    return {
        "time": at.isoformat(timespec="seconds"),
        "outcome": result.outcome.value,
        "title": title_of(result),
        "library": libraries_of(result) or None,
        "path": result.request.path,
        "message": message(texts, result),
        "seconds": round(result.elapsed, 1),
    }
