"""Catching up from the history: what happened while no notification could arrive."""

import asyncio
from pathlib import Path

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.arr.coordinator import mark_key
from custom_components.plex_smart_scan.scanner import Outcome, Reason
from tests.fake_arr import FakeArr
from tests.fake_plex import FakePlex, samples

from .conftest import Connect, Results, coordinator_of, import_silently, set_up_again, subentry_of, unload_server


async def test_import_during_an_outage_is_caught_up(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
    tv: Path,
    fake_plex: FakePlex,
) -> None:
    """An episode imported in the meantime is added and counted; the next start does nothing."""
    await connect(sonarr)
    await unload_server(hass, entry)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    import_silently(sonarr, episode, rows=2)
    await set_up_again(hass, entry, fake_plex)
    (result,) = await results(1)
    assert (result.outcome, result.request.path) == (Outcome.ADDED, str(episode))
    assert result.request.size == episode.stat().st_size
    assert coordinator_of(hass, entry).caught_up == 1
    assert hass.states.get("sensor.sonarr_missed_imports_recovered").state == "1"  # type: ignore[union-attr]
    await unload_server(hass, entry)
    await set_up_again(hass, entry, fake_plex)
    assert len(entry.runtime_data.history) == 0
    assert fake_plex.stats.scans == []


async def test_renames_and_deletions_are_caught_up(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
    tv: Path,
    fake_plex: FakePlex,
) -> None:
    """Paths of these rows are read from other fields, and the last event for a path counts."""
    first, second = (samples.add_episode(tv, "Westworld", 2, number) for number in (1, 2))
    third = samples.add_episode(tv, "Westworld", 3, 1)
    fake_plex.seed()
    import_silently(sonarr, first, second, third)
    await connect(sonarr)
    await unload_server(hass, entry)
    renamed = first.with_name("Westworld - S02E01 - Journey.mkv")
    first.rename(renamed)
    sonarr.shelf.rename(str(first), str(renamed))
    second.unlink()
    sonarr.shelf.delete(str(second))
    third.unlink()
    sonarr.shelf.delete(str(third), "Upgrade")
    samples.add_episode(tv, "Westworld", 3, 1, sample=samples.LARGE)
    import_silently(sonarr, third)
    sonarr.shelf.grab(str(third))
    await set_up_again(hass, entry, fake_plex)
    found = {each.request.path: each.outcome for each in await results(4)}
    assert found == {
        str(first): Outcome.REMOVED,
        str(renamed): Outcome.ADDED,
        str(second): Outcome.REMOVED,
        str(third): Outcome.UPDATED,
    }


async def test_reported_files_are_not_counted_as_caught_up(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    tv: Path,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
    fake_plex: FakePlex,
) -> None:
    """A file that was already reported ends as up to date and is not counted as caught up."""
    await connect(sonarr)
    episode = samples.add_episode(tv, "Show", 1, 1)
    await sonarr.import_file(str(episode), episode.stat().st_size)
    assert (await results(1))[0].outcome is Outcome.ADDED
    await unload_server(hass, entry)
    await set_up_again(hass, entry, fake_plex)
    assert {each.outcome for each in await results(1)} == {Outcome.UP_TO_DATE}
    assert fake_plex.stats.scans == []
    assert coordinator_of(hass, entry).caught_up == 0


async def test_notification_during_a_reload_does_not_count_as_missed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    tv: Path,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
) -> None:
    """The inbox keeps it; it does not count as missed and appears as the last notification."""
    await connect(sonarr)
    episode = samples.add_episode(tv, "Show", 1, 1)
    reload = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
    await asyncio.sleep(0)
    await sonarr.import_file(str(episode), episode.stat().st_size)
    await reload
    await hass.async_block_till_done(wait_background_tasks=True)
    await results(1)
    assert coordinator_of(hass, entry).last_notification is not None
    assert coordinator_of(hass, entry).caught_up == 0


async def test_test_notification_causes_no_scan(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """It counts as a notification but causes no scan."""
    downloader = await connect(sonarr)
    (connection,) = sonarr.connections.all()
    await sonarr.connections.test(connection)
    assert downloader.last_notification is not None
    assert len(entry.runtime_data.history) == 0


async def test_caught_up_path_in_no_library_fails(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
    fake_plex: FakePlex,
) -> None:
    """It fails like a path of a notification, and the position advances."""
    await connect(sonarr)
    await unload_server(hass, entry)
    sonarr.shelf.put("/elsewhere/Show/a.mkv", 5)
    await set_up_again(hass, entry, fake_plex)
    (result,) = await results(1)
    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.NO_LIBRARY)
    assert await entry.runtime_data.journal.get_mark(mark_key(subentry_of(entry))) is not None


async def test_deleted_series_is_not_caught_up(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    tv: Path,
    sonarr: FakeArr,
    connect: Connect,
    fake_plex: FakePlex,
) -> None:
    """This cannot be caught up, as documented."""
    episode = samples.add_episode(tv, "Show", 1, 1)
    import_silently(sonarr, episode)
    await connect(sonarr)
    await unload_server(hass, entry)
    await sonarr.delete_title(str(episode), notify=False)
    await set_up_again(hass, entry, fake_plex)
    assert len(entry.runtime_data.history) == 0


async def test_many_imports_cause_one_scan_per_folder(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    tv: Path,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
    fake_plex: FakePlex,
) -> None:
    """Imports during an outage cause about as many scans as folders."""
    await connect(sonarr)
    await unload_server(hass, entry)
    shows = [f"Show {number}" for number in range(40)]
    episodes = [
        samples.put(tv / show / "Season 01" / f"{show} - S01E{number:02}.mkv", link=True)
        for number in range(1, 14)
        for show in shows
    ][:500]
    import_silently(sonarr, *episodes)
    await set_up_again(hass, entry, fake_plex)
    coordinator, changed = entry.runtime_data, asyncio.Event()
    coordinator.activity.async_add(changed.set)
    async with asyncio.timeout(150):
        while coordinator.engine.pending:
            changed.clear()
            await changed.wait()
    found = await results(50)  # as many as are remembered
    assert {each.outcome for each in found} <= {Outcome.ADDED, Outcome.UP_TO_DATE}
    assert all(fake_plex.part(str(each)) for each in episodes)
    assert len(fake_plex.stats.scans) == 40
