"""A missing mount: the result of a scan of an empty mount point, of none, and of one with other files."""

import base64
from pathlib import Path

import pytest

from tests.fake_plex import FakeLibrary, FakePlex, samples
from tests.fidelity.client import Client
from tests.fidelity.test_control import control


async def browsed(client: Client, path: str) -> list[str | None]:
    """Return what the server shows in a folder."""
    encoded = base64.b64encode(path.encode()).decode()
    reply = await client.ask(f"/services/browse/{encoded}", includeFiles=1)
    return [row.get("title") for row in reply.xml]


@pytest.mark.parametrize("path", [None, "/data/tv"])
@pytest.mark.parametrize("empties_trash", [True, False])
async def test_empty_mount_point_removes_everything(
    client: Client, shows: FakeLibrary, path: str | None, empties_trash: bool
) -> None:
    """A scan of an empty location removes or trashes all items."""
    plex = client.plex
    plex.prefs["autoEmptyTrash"] = empties_trash
    plex.unmount("/data/tv")

    await client.scan(shows, path)

    rows = list((await client.listing(shows, type=4)).xml)
    assert len(rows) == (0 if empties_trash else 3)
    assert all("deletedAt" in row.attrib for row in rows)
    assert plex.stats.scans[0].outcome == "complete"


@pytest.mark.parametrize(
    ("path", "outcome"),
    [(None, "incomplete"), ("/data/tv", "nonexistent"), ("/data/tv/Gamma", "nonexistent")],
)
async def test_missing_mount_point_removes_nothing(
    client: Client, shows: FakeLibrary, path: str | None, outcome: str
) -> None:
    """A scan of a missing location is incomplete: nothing is deleted."""
    client.plex.unmount("/data/tv", missing=True)

    await client.scan(shows, path)

    assert len((await client.listing(shows, type=4)).xml) == 3
    assert client.plex.stats.scans[0].outcome == outcome


async def test_scan_of_a_folder_below_an_empty_mount_deletes_nothing(client: Client, shows: FakeLibrary) -> None:
    """A scan of a folder on the missing mount ends immediately and deletes nothing."""
    client.plex.unmount("/data/tv")

    await client.scan(shows, "/data/tv/Gamma/Season 01")

    assert len(client.plex.items(shows)) == 3
    assert client.plex.stats.scans[0].outcome == "nonexistent"


async def test_other_files_in_a_mount_point_do_not_prevent_removals(
    client: Client, shows: FakeLibrary, tmp_path: Path
) -> None:
    """A scan of a mount point with other files removes the listed files and adds the others."""
    left = ["lost+found/", ".stfolder/", "notes.txt", "Delta/Season 01/Delta - S01E01.mkv"]
    client.plex.unmount("/data/tv", leftovers=left)
    assert sorted(path.name for path in (tmp_path / "tv").iterdir()) == [
        ".stfolder",
        "Delta",
        "lost+found",
        "notes.txt",
    ]

    await client.scan(shows)

    assert (await client.listing(shows, type=4)).files == ["/data/tv/Delta/Season 01/Delta - S01E01.mkv"]


async def test_scan_with_one_empty_location_deletes_its_items(client: Client, tmp_path: Path) -> None:
    """A scan of the library deletes the items of the empty location and keeps those of the other one."""
    for name in ("near", "far"):
        samples.add_movie(tmp_path / name, f"{name.title()} (2001)")
    library = client.plex.add_library("Movies", "movie", {"/near": tmp_path / "near", "/far": tmp_path / "far"})
    client.plex.seed()
    client.plex.unmount("/far")

    await client.scan(library, "/near")
    assert len(client.plex.items(library)) == 2
    await client.scan(library)
    assert [item.title for item in client.plex.items(library)] == ["Near"]


async def test_mounted_again_content_is_unchanged(client: Client, shows: FakeLibrary, tmp_path: Path) -> None:
    """The content is unchanged; files written below the mount point in the meantime are hidden again."""
    plex, episode = client.plex, tmp_path / "tv" / "Gamma" / "Season 01" / "Gamma - S01E01.mkv"
    before = episode.stat()
    plex.unmount("/data/tv")
    assert not episode.exists()
    samples.add_episode(tmp_path / "tv", "Delta", 1, 1)
    plex.unmount("/data/tv", missing=True)
    assert not (tmp_path / "tv").exists()
    plex.mount("/data/tv")
    plex.mount("/data/tv")

    await client.scan(shows)

    assert (episode.stat().st_ino, episode.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(plex.items(shows)) == 3
    with pytest.raises(KeyError):
        plex.unmount("/nowhere")


async def test_browse_shows_the_mount_point(client: Client, shows: FakeLibrary) -> None:
    """An empty location is listed by the folder above it, a missing one is not."""
    assert await browsed(client, "/data/tv") == ["Gamma"]
    client.plex.unmount("/data/tv")
    assert (await browsed(client, "/data"), await browsed(client, "/data/tv")) == (["tv"], [])
    client.plex.unmount("/data/tv", missing=True)
    assert (await browsed(client, "/data"), await browsed(client, "/data/tv")) == ([], [])
    client.plex.mount("/data/tv")
    assert (await browsed(client, "/data"), await browsed(client, "/data/tv")) == (["tv"], ["Gamma"])


async def test_mounts_can_be_controlled_from_another_process(
    client: Client, shows: FakeLibrary, tmp_path: Path
) -> None:
    """Another process unmounts and mounts through the control side."""
    body = {"path": "/data/tv", "leftovers": ["notes.txt"]}
    assert (await control(client, "mount", "DELETE", body))["path"] == "/data/tv"
    assert [path.name for path in (tmp_path / "tv").iterdir()] == ["notes.txt"]
    await control(client, "mount", "DELETE", {"path": "/data/tv", "missing": True})
    assert not (tmp_path / "tv").exists()
    await control(client, "mount", "POST", {"path": "/data/tv"})
    assert (tmp_path / "tv" / "Gamma").is_dir()
    assert (await control(client, "mount", "POST", {"path": "/nowhere"}))["status"] == 400


@pytest.mark.parametrize("status", [400, 403, 404, 500])
async def test_browsing_can_be_refused(client: Client, shows: FakeLibrary, status: int) -> None:
    """A server may refuse to show its disk and answer everything else."""
    client.plex.quirks.browse_refused = status
    encoded = base64.b64encode(b"/data/tv").decode()

    assert (await client.ask("/services/browse")).status == status
    assert (await client.ask(f"/services/browse/{encoded}", includeFiles=1)).status == status
    assert (await client.ask("/library/sections")).status == 200
    assert (await client.scan(shows, "/data/tv/Gamma")).status == 200


@pytest.mark.parametrize("on", [False, True])
async def test_missing_folder_can_be_empty_or_404(client: Client, shows: FakeLibrary, on: bool) -> None:
    """The response for a missing folder was never recorded: an empty list, or 404."""
    client.plex.quirks.browse_missing_is_404 = on
    for path, exists in {"/data": True, "/data/tv": True, "/data/tv/Nobody": False, "/elsewhere": False}.items():
        reply = await client.ask(f"/services/browse/{base64.b64encode(path.encode()).decode()}")
        assert reply.status == (200 if exists or not on else 404), path


@pytest.mark.parametrize("on", [False, True])
async def test_broken_links_are_ignored_by_the_scanner(
    client: Client, fake_plex: FakePlex, movies: FakeLibrary, tmp_path: Path, on: bool
) -> None:
    """The scanner ignores a link without a target, whatever browsing shows; with a target, it is a file."""
    fake_plex.quirks.browse_lists_dead_links = on
    folder, target = tmp_path / "movies" / "Gamma (2003)", tmp_path / "debrid" / "gamma.mkv"
    folder.mkdir()
    (folder / "Gamma (2003).mkv").symlink_to(target)
    (folder / "Subs").symlink_to(tmp_path / "debrid" / "subs")

    await client.scan(movies, "/data/movies/Gamma (2003)")
    assert len(fake_plex.items(movies)) == 2
    assert await browsed(client, "/data/movies/Gamma (2003)") == (["Gamma (2003).mkv", "Subs"] if on else [])

    samples.put(target)
    await client.scan(movies, "/data/movies/Gamma (2003)")
    part = fake_plex.part("/data/movies/Gamma (2003)/Gamma (2003).mkv")
    assert part is not None
    assert part.size == target.stat().st_size

    target.unlink()
    await client.scan(movies, "/data/movies/Gamma (2003)")
    assert len(fake_plex.items(movies)) == 2
