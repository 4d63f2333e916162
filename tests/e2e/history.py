"""A month of made-up statistics for the demo: its Home Assistant is a minute old, and its graphs would be empty."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.api import Api

DAYS = 30


async def make_up(api: Api, growth: dict[str, float]) -> None:
    """Import hourly statistics of sensors that grew to the number given, a little each day."""
    for entity_id, number in growth.items():
        metadata = {
            "statistic_id": entity_id,
            "source": "recorder",
            "name": None,
            "unit_class": None,
            "unit_of_measurement": None,
            "mean_type": 1,
            "has_sum": False,
        }
        await api.ask("recorder/import_statistics", metadata=metadata, stats=grown(number, datetime.now(UTC)))


def grown(number: float, now: datetime) -> list[dict[str, Any]]:
    """Return the statistics of a number that was four fifths of itself a month ago."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    rows = []
    for hours in range(DAYS * 24, 0, -1):
        day = DAYS - (hours // 24)
        value = round(number * (0.8 + 0.2 * day / DAYS))
        start = (hour - timedelta(hours=hours)).isoformat()
        rows.append({"start": start, "mean": value, "min": value, "max": value})
    return rows
