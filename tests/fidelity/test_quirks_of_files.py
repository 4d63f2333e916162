"""Quirks of files and items, off and on: analyses, times, spellings of paths, and Windows servers."""

from pathlib import Path
import unicodedata

import aiohttp
import pytest

from tests.fake_plex import FakeLibrary, samples
from tests.fidelity.client import Client

from .client import onoff


@onoff
async def test_doubled_separator_can_end_up_in_parts(client: Client, movies: FakeLibrary, on: bool) -> None:
    """A doubled separator in the request ends up in the parts ("Part rename detected"), until a proper scan."""
    client.plex.quirks.doubled_separators_rename = on

    await client.scan(movies, "/data/movies//Alpha (2001)")
    reply = await client.listing(movies, type=1, file="Alpha")
    slashes = "//" if on else "/"
    assert reply.files == [f"/data/movies{slashes}Alpha (2001)/Alpha (2001).mkv"]

    await client.scan(movies, "/data/movies/Alpha (2001)")
    reply = await client.listing(movies, type=1, file="Alpha")
    assert reply.files == ["/data/movies/Alpha (2001)/Alpha (2001).mkv"]


@onoff
async def test_replaced_file_can_keep_its_old_analysis(
    client: Client, movies: FakeLibrary, tmp_path: Path, on: bool
) -> None:
    """The stream data of a replaced file stay old, or are read again automatically."""
    client.plex.quirks.stale_analysis_after_replace = on
    path = tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv"
    path.write_bytes(samples.LARGE.read_bytes())

    await client.scan(movies)

    assert client.plex.items(movies)[0].duration == (2046 if on else 3546)


@onoff
async def test_replaced_file_can_change_updated_at(
    client: Client, movies: FakeLibrary, tmp_path: Path, on: bool
) -> None:
    """A replaced file may move the item's updatedAt, or not."""
    client.plex.quirks.item_updated_on_replace = on
    item = client.plex.items(movies)[0]
    item.updated_at = 1
    (tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv").write_bytes(samples.LARGE.read_bytes())

    await client.scan(movies)

    assert (item.updated_at > 1) is on


@onoff
@pytest.mark.parametrize("address", ["/library/sections/1/analyze", "/library/metadata/1/analyze"])
async def test_analysis_during_a_scan_can_crash_the_server(
    client: Client, movies: FakeLibrary, address: str, on: bool
) -> None:
    """Analysing a section that is being scanned may bring the server down; its queue is lost then."""
    plex = client.plex
    plex.quirks.analyze_while_scanning_crashes = on
    plex.hold_walking()
    for _ in range(2):
        await client.scan(movies, wait=False)
    await plex.wait_scan_started()

    if on:
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.ask(address, "PUT")
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.ask("/identity")
        await plex.restart()
        assert (await client.ask("/identity")).status == 200
    else:
        assert (await client.ask(address, "PUT")).status == 200
    plex.release_walking()
    await plex.wait_idle()
    assert [scan.outcome for scan in plex.stats.scans] == (["cancelled"] if on else ["complete"] * 2)


@onoff
async def test_part_key_can_lack_the_file_time(client: Client, movies: FakeLibrary, on: bool) -> None:
    """Very old servers have no stamp in the part's key."""
    client.plex.quirks.part_stamps = on

    part = (await client.listing(movies, type=1)).xml.find(".//Part")
    assert part is not None
    stamp = client.plex.items(movies)[0].parts[0].stamp
    assert part.get("key") == (f"/library/parts/1/{stamp}/file.mkv" if on else "/library/parts/1/file.mkv")


@onoff
async def test_file_filter_can_ignore_case(client: Client, movies: FakeLibrary, tmp_path: Path, on: bool) -> None:
    """The filter ignores the case of ASCII letters, new files and all operators included."""
    client.plex.quirks.file_filter_ignores_case = on
    samples.add_movie(tmp_path / "movies", "Éric (2003)")
    await client.scan(movies)

    async def found(**query: str) -> int:
        return len((await client.ask("/library/sections/1/all", query={"type": 1, **query})).files)

    for query in ({"file": "alpha (2001).MKV"}, {"file": "ÉRIC"}, {"file>": ".MKV"}, {"file=": "/Data/movies/x"}):
        everything = {"file>": 3, "file=": 0}.get(next(iter(query)), 1)
        assert await found(**query) == (everything if on else 0), query
    assert await found(file="éric") == 0
    assert await found(file="Éric") == 1


@onoff
async def test_paths_can_be_decomposed_unicode(client: Client, tmp_path: Path, on: bool) -> None:
    """Parts may be spelled in decomposed Unicode; the filter compares bytes."""
    client.plex.quirks.nfd_paths = on
    title = unicodedata.normalize("NFC", "Amélie (2001)")
    samples.add_movie(tmp_path, title)
    library = client.plex.add_library("Movies", "movie", {"/m": tmp_path})

    await client.scan(library, f"/m/{title}")
    composed = await client.listing(library, type=1, file=title)
    decomposed = await client.listing(library, type=1, file=unicodedata.normalize("NFD", title))

    assert (len(composed.files), len(decomposed.files)) == ((0, 1) if on else (1, 0))
    ascii_only = await client.listing(library, type=1, file="lie (2001).mkv")
    assert unicodedata.normalize("NFC", ascii_only.files[0]) == f"/m/{title}/{title}.mkv"
    await client.scan(library, unicodedata.normalize("NFD", f"/m/{title}"))
    assert client.plex.stats.scans[-1].outcome == ("complete" if on else "nonexistent")


@onoff
@pytest.mark.parametrize(
    ("location", "prefixed"), [("D:\\TV", "\\\\?\\D:\\TV\\"), ("\\\\nas\\tv", "\\\\?\\UNC\\nas\\tv\\")]
)
async def test_long_windows_path_has_a_prefix(
    client: Client, tmp_path: Path, location: str, prefixed: str, on: bool
) -> None:
    """A Windows server prefixes long paths."""
    client.plex.quirks.long_path_prefix = on
    show = "S" * 100
    samples.add_episode(tmp_path, show, 1, 1)
    samples.put(tmp_path / show / "Season 01" / f"{show} - S01E02 - {'x' * 100}.mkv")
    library = client.plex.add_library("TV", "show", {location: tmp_path})

    await client.scan(library, f"{location}\\{show}")

    short, long = sorted((await client.listing(library, type=4)).files, key=len)
    assert short == f"{location}\\{show}\\Season 01\\{show} - S01E01.mkv"
    assert long.startswith(prefixed if on else f"{location}\\")


@onoff
async def test_check_files_can_refresh_the_item(client: Client, movies: FakeLibrary, tmp_path: Path, on: bool) -> None:
    """`checkFiles=1` alone refreshes the item at once; with `skipRefresh=1`, or the narrower check, nothing does."""
    client.plex.quirks.check_files_refreshes = on
    item = client.plex.items(movies)[0]
    item.updated_at = 1
    samples.put(tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).en.srt", samples.PHOTO)

    for query in ({"checkFiles": 1, "skipRefresh": 1}, {"checkFileAvailability": 1}):
        part = (await client.ask("/library/metadata/1", query=query)).xml.find(".//Part")
        assert part is not None
        assert (part.get("accessible"), part.get("exists")) == ("1", "1")
        assert item.updated_at == 1
    part = (await client.ask("/library/metadata/1", query={"checkFiles": 1})).xml.find(".//Part")
    assert part is not None
    assert part.get("exists") == "1"
    assert (item.updated_at > 1) is on
    assert any(stream.get("file") for stream in part) is on


async def test_only_item_metadata_checks_files(client: Client, movies: FakeLibrary) -> None:
    """Only the metadata of an item knows whether its files are there."""
    part = (await client.listing(movies, type=1, checkFiles=1)).xml.find(".//Part")
    assert part is not None
    assert "exists" not in part.attrib


async def test_windows_library_uses_backslashes(client: Client, tmp_path: Path) -> None:
    """A Windows library returns backslashes and accepts any case and either slash."""
    samples.add_movie(tmp_path / "d", "Zoolander (2001)")
    samples.add_movie(tmp_path / "nas", "Alien (1979)")
    library = client.plex.add_library(
        "Movies", "movie", {"D:\\Movies": tmp_path / "d", "\\\\nas\\4K": tmp_path / "nas"}
    )

    for path in ("d:/movies/ZOOLANDER (2001)", "\\\\NAS\\4k\\Alien (1979)\\"):
        await client.scan(library, path)

    assert (await client.listing(library, type=1)).files == [
        "\\\\nas\\4K\\Alien (1979)\\Alien (1979).mkv",
        "D:\\Movies\\Zoolander (2001)\\Zoolander (2001).mkv",
    ]
    assert [scan.outcome for scan in client.plex.stats.scans] == ["complete", "complete"]
    assert [row.get("path") for row in (await client.ask("/library/sections")).xml[0]] == ["D:\\Movies", "\\\\nas\\4K"]
    assert [row.get("path") for row in (await client.ask("/services/browse", includeFiles=1)).xml] == [
        "D:\\",
        "\\\\nas",
    ]
