"""From which row the history of a downloader is read: the stored position, retries and errors."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.plex_smart_scan.arr.coordinator import mark_key
from custom_components.plex_smart_scan.arr.credentials import CONF_SINCE
from custom_components.plex_smart_scan.scanner import Outcome
from tests.fake_arr import FakeArr
from tests.fake_plex import FakePlex, samples

from .conftest import Connect, Results, coordinator_of, import_silently, set_up_again, subentry_of, unload_server


async def test_existing_rows_are_ignored_on_first_setup(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sonarr: FakeArr,
    connect: Connect,
    tv: Path,
    fake_plex: FakePlex,
) -> None:
    """Existing rows are ignored, but a later row of the same second is processed."""
    import_silently(sonarr, *(samples.add_episode(tv, "Old", 1, number) for number in range(1, 6)))
    await connect(sonarr)
    await unload_server(hass, entry)
    await set_up_again(hass, entry, fake_plex)
    assert len(entry.runtime_data.history) == 0
    assert fake_plex.stats.scans == []
    assert subentry_of(entry).data[CONF_SINCE]["id"] == sonarr.shelf.history[-1]["id"]


async def test_rows_of_the_same_second_are_distinguished_by_id(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    tv: Path,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
    fake_plex: FakePlex,
) -> None:
    """Dates have whole seconds, so rows of the same second are distinguished by ID."""
    now = datetime.now(UTC)
    sonarr.shelf._clock = lambda: now
    import_silently(sonarr, samples.add_episode(tv, "Show", 1, 1))
    await connect(sonarr)
    await unload_server(hass, entry)
    import_silently(sonarr, samples.add_episode(tv, "Show", 1, 2))
    await set_up_again(hass, entry, fake_plex)
    assert [each.request.path for each in await results(1)] == [str(tv / "Show/Season 01/Show - S01E02.mkv")]


async def test_all_rows_are_new_after_an_empty_history(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    tv: Path,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
    fake_plex: FakePlex,
) -> None:
    """For a new program without a history, all rows are new."""
    await connect(sonarr)
    assert subentry_of(entry).data[CONF_SINCE] is None
    await unload_server(hass, entry)
    import_silently(sonarr, samples.add_episode(tv, "Show", 1, 1))
    await set_up_again(hass, entry, fake_plex)
    assert [each.outcome for each in await results(1)] == [Outcome.ADDED]


async def test_unreachable_program_is_retried_every_five_minutes(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    tv: Path,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It is queried every five minutes, and missed events are caught up."""
    await connect(sonarr)
    await sonarr.stop()
    await coordinator_of(hass, entry).async_refresh()
    import_silently(sonarr, samples.add_episode(tv, "Show", 1, 1))
    await sonarr.start()
    freezer.tick(timedelta(minutes=5, seconds=10))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [each.outcome for each in await results(1)] == [Outcome.ADDED]


async def test_notification_triggers_reading_an_old_history(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    tv: Path,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
) -> None:
    """A notification triggers reading the history if it was last read more than five minutes ago."""
    downloader = await connect(sonarr)
    missed, notified = samples.add_episode(tv, "Lost", 1, 1), samples.add_episode(tv, "Told", 1, 1)
    import_silently(sonarr, missed)
    await sonarr.import_file(str(notified), notified.stat().st_size)
    assert {each.request.path for each in await results(1)} == {str(notified)}
    downloader._history_read_at = float("-inf")
    await sonarr.import_file(str(notified), notified.stat().st_size)
    await hass.async_block_till_done(wait_background_tasks=True)
    while str(missed) not in {each.request.path for each in await results(3)}:
        await results(len(entry.runtime_data.history) + 1)
    assert downloader.caught_up == 1


async def test_history_is_read_again_if_the_disk_is_full(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    tv: Path,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
) -> None:
    """The position does not advance while the disk is full."""
    downloader = await connect(sonarr)
    import_silently(sonarr, samples.add_episode(tv, "Show", 1, 1))
    with patch(
        "custom_components.plex_smart_scan.arr.coordinator.async_submit_notification",
        side_effect=HomeAssistantError("full"),
    ):
        await downloader.async_refresh()
    assert not downloader.last_update_success
    await downloader.async_refresh()
    assert [each.outcome for each in await results(1)] == [Outcome.ADDED]


async def test_position_of_a_removed_downloader_is_deleted(
    hass: HomeAssistant, entry: MockConfigEntry, tv: Path, sonarr: FakeArr, connect: Connect, results: Results
) -> None:
    """The position is removed from disk."""
    downloader = await connect(sonarr)
    import_silently(sonarr, samples.add_episode(tv, "Show", 1, 1))
    await downloader.async_refresh()
    await results(1)
    subentry = subentry_of(entry)
    assert await entry.runtime_data.journal.get_mark(mark_key(subentry)) is not None
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await entry.runtime_data.journal.get_mark(mark_key(subentry)) is None
