"""Responses of the actions: plain data with a sentence in the language of Home Assistant."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..scanner import MediaFile, Outcome, Reason, ScannedLibrary, ScanResult, log_safe
from .routing import Reply

COMMON_PREFIX: Final = f"component.{DOMAIN}.common."
# Outcomes whose sentence depends on the number of scanned folders.
_COUNTED: Final = frozenset({Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED, Outcome.SCANNED})
# Outcomes whose sentence depends on the reason.
_REASONED: Final = frozenset({Outcome.PENDING, Outcome.NOT_FOUND, Outcome.FAILED})


async def async_response(hass: HomeAssistant, replies: Sequence[Reply]) -> dict[str, Any]:
    """Return the response of an action that scans."""
    texts = await async_message_texts(hass)
    results = [_reply(texts, reply) for reply in replies]
    return {"results": results, "summary": dict(Counter(result["outcome"] for result in results))}


async def async_message_texts(hass: HomeAssistant) -> dict[str, str]:
    """Return the sentences for results, in Home Assistant's language."""
    return await async_get_translations(hass, hass.config.language, "common", {DOMAIN})


async def async_exception_texts(hass: HomeAssistant) -> dict[str, str]:
    """Return the translated error messages. `str(error)` is always in English."""
    return await async_get_translations(hass, hass.config.language, "exceptions", {DOMAIN})


def exception_text(texts: dict[str, str], error: HomeAssistantError) -> str:
    """Return the translated message of an error, or the English one without texts."""
    text = texts.get(f"component.{DOMAIN}.exceptions.{error.translation_key}.message")
    return text.format(**(error.translation_placeholders or {})) if text else str(error)


def _reply(texts: dict[str, str], reply: Reply) -> dict[str, Any]:
    result = reply.result
    return {
        "path": result.request.path,
        "server": reply.server,
        "server_path": result.server_path,
        "outcome": result.outcome.value,
        "reason": result.reason.value if result.reason else None,
        "message": message(texts, result),
        "libraries": [library_data(each) for each in result.libraries],
        "items": [item_data(item) for item in result.items],
        "attempts": result.attempts,
        "elapsed": round(result.elapsed, 3),
        "timings": {
            "queued": round(result.queued, 3),
            "scanned": round(result.scanned, 3),
            "validated": round(result.validated, 3),
        },
    }


def library_data(scanned: ScannedLibrary) -> dict[str, Any]:
    """Return a library and its scanned folders."""
    library = scanned.library
    return {"id": library.id, "title": library.title, "type": library.type.value, "scanned": list(scanned.scanned)}


def item_data(item: MediaFile) -> dict[str, Any]:
    """Return the data of an item in Plex."""
    return {
        "rating_key": item.rating_key,
        "type": item.type,
        "title": item.title,
        "duration": item.duration,
        "bitrate": item.bitrate,
        "resolution": item.resolution,
        "size": item.size,
    }


def message(texts: dict[str, str], result: ScanResult) -> str:
    """Return the sentence that describes a result."""
    key: str = result.outcome.value
    scanned = sum(len(each.scanned) for each in result.libraries)
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
