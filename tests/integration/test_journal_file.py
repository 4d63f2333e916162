"""The journal's file in Home Assistant's storage folder: imported, private, and set aside when it is damaged."""

from dataclasses import replace
import json
import logging
from pathlib import Path
import shutil
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.loader import async_get_integration
import pytest

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.journal_location import journal_path
from custom_components.plex_smart_scan.requests_before_setup import inbox_of
from custom_components.plex_smart_scan.scanner import ScanRequest
from custom_components.plex_smart_scan.scanner.journal.rows import load_requests
from tests.fake_plex import FakePlex, samples
from tests.scanner.disk import damage_open_file, read_rows

from .conftest import SetUp, make_entry
from .stored_requests import store, stored_paths, stored_rows
from .waiting import state_of, wait_until


async def async_get_platform(hass: HomeAssistant, domain: str, name: str) -> Any:
    """Load a platform as Home Assistant does."""
    return await (await async_get_integration(hass, domain)).async_get_platform(name)


async def test_json_file_of_an_earlier_version_is_imported(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """Requests of an earlier version are processed after the update, and its file is deleted."""
    entry = make_entry(fake_plex)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    row = {"path": str(episode), "id": "old", "accepted_at": 1.0, "libraries": [], "size": None}
    file = Path(hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}"))
    content = json.dumps({"version": 1, "minor_version": 1, "key": file.name, "data": [row]})
    await hass.async_add_executor_job(lambda: file.parent.mkdir(exist_ok=True))
    await hass.async_add_executor_job(file.write_text, content)

    await set_up(entry)
    await wait_until(hass, lambda: entry.runtime_data.history)

    assert [each.result.request.id for each in entry.runtime_data.history] == ["old"]
    assert not await hass.async_add_executor_job(file.exists)


@pytest.mark.no_fail_on_log_exception
async def test_damaged_file_is_set_aside_and_reported(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """The setup continues; the log and a repair issue name the file that was set aside."""
    entry = make_entry(fake_plex)
    await store(hass, entry, tv)
    path = journal_path(hass, entry)
    await hass.async_add_executor_job(path.write_bytes, b"damaged" * 1000)

    await set_up(entry)

    assert state_of(entry) is ConfigEntryState.LOADED
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"{entry.entry_id}_journal_damaged")
    assert issue
    assert issue.translation_placeholders
    aside = Path(issue.translation_placeholders["file"])
    assert await hass.async_add_executor_job(aside.read_bytes) == b"damaged" * 1000
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert str(aside) in errors[0]


@pytest.mark.no_fail_on_log_exception
async def test_file_damaged_while_the_server_runs_is_set_aside_and_reported(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """The next request is accepted, all requests are in the new file, and the issue names the damaged one."""
    entry = await set_up()
    fake_plex.hold_scans()
    paths = [str(samples.add_episode(tv, "Westworld", 1, number)) for number in (2, 3)]
    await entry.runtime_data.engine.submit([ScanRequest(path=paths[0])], durable=True)
    damaged = await hass.async_add_executor_job(damage_open_file, entry.runtime_data.journal._database)

    await hass.services.async_call(DOMAIN, "process_notification", {"path": paths[1]}, blocking=True)

    assert await stored_paths(hass, entry) == paths
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"{entry.entry_id}_journal_damaged")
    assert issue
    assert issue.translation_placeholders
    aside = Path(issue.translation_placeholders["file"])
    assert await hass.async_add_executor_job(aside.read_bytes) == damaged
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert str(aside) in errors[0]
    fake_plex.release_scans()
    await wait_until(hass, lambda: not entry.runtime_data.engine.pending)


async def test_repeated_notification_replaces_the_stored_one(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """The same notification is stored once; one about a file of another size is stored beside it."""
    entry = make_entry(fake_plex)
    await fake_plex.stop()
    await set_up(entry, websocket=False)

    for size in (1, 2, 1, 2, 1):
        data = {"eventType": "Download", "episodeFiles": [{"path": str(tv / "x.mkv"), "size": size}]}
        await hass.services.async_call(DOMAIN, "process_notification", data, blocking=True)

    assert [row["size"] for row in await stored_rows(hass, entry)] == [2, 1]


@pytest.mark.parametrize(
    "difference",
    [
        {"path": "/tv/y.mkv"},
        {"libraries": ("TV Shows",)},
        {"force": True},
        {"validate": False},
        {"size": None},
        {"size": 2},
        {"gone": True},
    ],
    ids=str,
)
async def test_request_is_not_replaced_by_a_different_one(
    hass: HomeAssistant, fake_plex: FakePlex, set_up: SetUp, difference: dict[str, Any]
) -> None:
    """Two requests that differ in anything are two rows; the same request is one row, whose newest copy counts."""
    entry = make_entry(fake_plex)
    await fake_plex.stop()
    await set_up(entry, websocket=False)
    inbox = inbox_of(hass, entry)
    request = ScanRequest(path="/tv/x.mkv", size=1)
    other = replace(request, **difference)

    for each in ([request], [other], [request, request]):
        assert await inbox.async_store(each) is None

    rows = await stored_rows(hass, entry)
    stored = [replace(read, id="", accepted_at=0.0) for read in load_requests(map(json.dumps, rows))]
    assert stored == [other, request]


async def test_backup_contains_all_accepted_requests(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The copies contain all requests accepted before the backup, and processing continues after it."""
    entry = await set_up()
    fake_plex.hold_scans()
    engine = entry.runtime_data.engine
    before, during = (ScanRequest(path=str(samples.add_episode(tv, "Westworld", 1, number))) for number in (2, 3))
    await engine.submit([before], durable=True)

    platform = await async_get_platform(hass, DOMAIN, "backup")
    await platform.async_pre_backup(hass)
    path, copy = journal_path(hass, entry), tmp_path / "restored.db"
    await hass.async_add_executor_job(shutil.copyfile, path, copy)
    await engine.submit([during], durable=True)
    await hass.async_add_executor_job(shutil.copyfile, f"{path}-wal", f"{copy}-wal")
    await platform.async_post_backup(hass)

    restored = await hass.async_add_executor_job(read_rows, copy)
    assert [row["path"] for row in restored] == [before.path, during.path]
    fake_plex.release_scans()
    await wait_until(hass, lambda: not engine.pending)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING and "plex" in record.name] == []


async def test_backup_ignores_a_server_that_is_not_set_up(
    hass: HomeAssistant, fake_plex: FakePlex, set_up: SetUp
) -> None:
    """No file of this server is open, so the backup does nothing."""
    await fake_plex.stop()
    await set_up(websocket=False)
    platform = await async_get_platform(hass, DOMAIN, "backup")

    await platform.async_pre_backup(hass)
    await platform.async_post_backup(hass)
