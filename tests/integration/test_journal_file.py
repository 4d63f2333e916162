"""The journal's file in Home Assistant's storage folder: imported, private, and set aside when it is damaged."""

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
from custom_components.plex_smart_scan.scanner import ScanRequest
from tests.fake_plex import FakePlex, samples
from tests.scanner.disk import read_rows

from .conftest import SetUp, make_entry
from .stored_requests import store, stored_paths
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


async def test_repeated_request_replaces_the_stored_one(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """An equal request replaces the earlier one; a request with other options does not."""
    entry = make_entry(fake_plex)
    await fake_plex.stop()
    await set_up(entry, websocket=False)

    for data in ({"force": True}, {}, {}, {"force": True}, {}):
        await hass.services.async_call(
            DOMAIN, "process_notification", {"path": str(tv / "x.mkv"), **data}, blocking=True
        )

    assert await stored_paths(hass, entry) in ([str(tv / "x.mkv")], [str(tv / "x.mkv")] * 2)


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
