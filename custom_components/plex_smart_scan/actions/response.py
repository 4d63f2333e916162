"""Responses of the actions: plain data with a sentence in the language of Home Assistant."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..result_sentences import async_message_texts, message
from ..scanner import MediaFile, ScannedLibrary
from .servers import Reply


async def async_response(hass: HomeAssistant, replies: Sequence[Reply]) -> dict[str, Any]:
    """Return the response of an action that scans."""
    texts = await async_message_texts(hass)
    results = [_reply(texts, reply) for reply in replies]
    return {"results": results, "summary": dict(Counter(result["outcome"] for result in results))}


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
