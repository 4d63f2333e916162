"""Work that a flow's dialog waits for.

Home Assistant's page begins to listen for the end of a progress step only once it shows that step. It never learns of
an end before that, and shows the progress for ever.
"""

import asyncio
from typing import Any, Final

from homeassistant.core import HomeAssistant

SHOWN_AFTER: Final = 5.0  # seconds; if the work takes longer, a progress step is shown
SHOWN_FOR: Final = 3.0  # seconds that the page has to begin to listen


async def async_progress_task(hass: HomeAssistant, work: asyncio.Task[Any]) -> asyncio.Task[None] | None:
    """Return what a progress step shows the progress of; None for work that was done soon.

    It ends with the work, but not before the page listens. It never fails: the result is the work's.
    """
    await asyncio.wait([work], timeout=SHOWN_AFTER)
    if work.done():
        return None
    return hass.async_create_task(_outlast(work), f"progress of {work.get_name()}")


async def _outlast(work: asyncio.Task[Any]) -> None:
    await asyncio.sleep(SHOWN_FOR)
    await asyncio.wait([work])
