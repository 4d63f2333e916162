"""Which files the blueprint for Folder Watcher sends: finished files with the extensions of media."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.scanner import LibraryType, clean
from custom_components.plex_smart_scan.scanner.media.extensions import VIDEO
from custom_components.plex_smart_scan.scanner.media.naming_rules import PathKind, kind_of

from .conftest import FOLDER, Automate

WANTED = ("x.mkv", "X.MKV", "x.flac", "IMG 1.HEIC", "x.en.srt", "x.idx", "poster.jpg", "x.nfo", "x.lrc", "x.vob")
JUNK = (
    *("x.sfv", "x.log", "a.nzb", "x.rar", "x.r00", "Thumbs.db", "readme.txt", "x.par2", "x.torrent", "mkv", "x"),
    *("x.mkv.filepart", "x.mkv.part", "x.mkv.PART", "x.mkv.temp", "x.mkv.tmp", "x.mkv.crdownload", "x.mkv.!qB"),
    *("x.mkv.!ut", "x.mkv.bc!", "x.mkv.aria2", "x.mkv.download", "x.mkv.partial", "x.mkv.opdownload", ".x.mkv"),
)


@pytest.fixture
def appear(hass: HomeAssistant) -> Callable[..., Any]:
    """Return a function that fires Folder Watcher events and returns the names of the reported files."""
    calls = async_mock_service(hass, DOMAIN, "scan_path")

    async def do(*names: str) -> list[str]:
        for name in names:
            data = {"event_type": "closed", "path": f"/tv/Westworld/{name}", "file": name, "folder": "/tv/Westworld"}
            hass.bus.async_fire("folder_watcher", data)
            await hass.async_block_till_done()
        return [Path(path).name for call in calls for path in call.data["path"]]

    return do


async def test_unfinished_and_irrelevant_files_are_not_sent(automate: Automate, appear: Callable[..., Any]) -> None:
    """Films, music, photos and what lies beside them are; what a downloader leaves, or has not finished, is not."""
    await automate("scan_when_a_file_appears")

    assert await appear(*WANTED, *JUNK) == list(WANTED)


@pytest.mark.parametrize("endings", ["mkv, .STRM", ["mkv", ".strm"]])
async def test_extensions_can_be_configured(
    endings: str | list[str], automate: Automate, appear: Callable[..., Any]
) -> None:
    """Extensions are accepted with or without dots, separated by commas, or as a list."""
    await automate("scan_when_a_file_appears", endings=endings)

    assert await appear("x.mkv", "x.strm", "x.mp4", "x.mkv.part") == ["x.mkv", "x.strm"]


async def test_all_finished_files_are_sent_without_extensions(automate: Automate, appear: Callable[..., Any]) -> None:
    """Without extensions, all finished files are reported."""
    await automate("scan_when_a_file_appears", endings="")

    assert await appear("x.mkv", "x.sfv", "x.mkv.part", "x.mkv.!QB") == ["x.mkv", "x.sfv"]


def test_extensions_are_those_of_the_scanner() -> None:
    """Each extension is that of a media or sidecar file, and all video extensions are included."""
    data = load_yaml(str(FOLDER / "scan_when_a_file_appears.yaml"))
    assert isinstance(data, dict)
    endings = data["blueprint"]["input"]["endings"]["default"].split()
    kinds = [{kind_of(clean(f"/media/x/x.{ending}"), library) for library in LibraryType} for ending in endings]

    assert all(found & {PathKind.MEDIA, PathKind.SIDECAR} for found in kinds)
    assert set(endings) >= VIDEO
    assert len(endings) == len(set(endings))
