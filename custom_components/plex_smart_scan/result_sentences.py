"""The sentences about a result: in responses and events, in Activity, and in the attributes of the sensors."""

from datetime import datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .scanner import Outcome, Reason, ScanResult, clean_or_none, log_safe

COMMON_PREFIX: Final = f"component.{DOMAIN}.common."
# Outcomes whose sentence depends on the number of scanned folders.
_COUNTED: Final = frozenset({Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED, Outcome.SCANNED})
# Outcomes whose sentence depends on the reason.
_REASONED: Final = frozenset({Outcome.PENDING, Outcome.NOT_FOUND, Outcome.FAILED})
_EXPLAINED: Final = frozenset({Outcome.NOT_FOUND, Outcome.FAILED})


async def async_message_texts(hass: HomeAssistant) -> dict[str, str]:
    """Return the sentences for results, in Home Assistant's language."""
    return await async_get_translations(hass, hass.config.language, "common", {DOMAIN})


def message(texts: dict[str, str], result: ScanResult) -> str:
    """Return the sentence that describes a result."""
    key: str = result.outcome.value
    scanned = _scanned_folders(result)
    if result.outcome in _COUNTED:
        if result.reason is Reason.DAMAGED:
            key += "_damaged"
        elif scanned == 1:
            key += "_one"
        elif scanned == 0:
            key += "_zero"
    elif result.outcome in _REASONED:
        key += f"_{result.reason}"
    text = texts.get(f"{COMMON_PREFIX}{key}") or texts.get(f"{COMMON_PREFIX}{result.outcome}", "")
    sentence = text.format(
        libraries=", ".join(each.library.title for each in result.libraries),
        scanned=scanned,
        path=result.server_path or result.request.path,
        detail=result.detail,
    )
    return log_safe(sentence)


def _scanned_folders(result: ScanResult) -> int:
    return sum(len(each.scanned) for each in result.libraries)


def title_of(result: ScanResult) -> str:
    """Return the title in Plex (also after a removal), or the file name if there is none.

    For several items, return the first title and the number of others. For several removed items, return their folder.
    """
    titles = list(dict.fromkeys(item.full_title for item in result.items if item.full_title))
    if titles:
        return log_safe(titles[0] if len(titles) == 1 else f"{titles[0]} (+{len(titles) - 1})")
    removed = {item.full_title for item in result.removed if item.full_title}
    if len(removed) == 1:
        return log_safe(removed.pop())
    path = clean_or_none(result.request.path)
    return log_safe((path.name if path else "") or result.request.path)


def libraries_of(result: ScanResult) -> str:
    """Return the titles of the libraries that the request concerned."""
    return log_safe(", ".join(each.library.title for each in result.libraries))


def predicate(texts: dict[str, str], result: ScanResult) -> str:
    """Return the sentence without its subject, the title: `was added to TV Shows (1 folder, 0.8 s)`."""
    outcome: str = result.outcome.value
    key = f"activity_{outcome}" + ("_damaged" if result.reason is Reason.DAMAGED else "")
    return texts.get(f"{COMMON_PREFIX}{key}", outcome).format(
        libraries=libraries_of(result),
        details=_details(texts, result),
        message=message(texts, result) if result.outcome in _EXPLAINED else "",
    )


def _details(texts: dict[str, str], result: ScanResult) -> str:
    folders = _scanned_folders(result)
    key = "activity_details" + {0: "_zero", 1: "_one"}.get(folders, "")
    return texts.get(f"{COMMON_PREFIX}{key}", "").format(folders=folders, seconds=f"{result.elapsed:.1f}")


def waiting_row(texts: dict[str, str], result: ScanResult) -> dict[str, Any]:
    """Return a pending request as a row of the attribute `waiting`."""
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
