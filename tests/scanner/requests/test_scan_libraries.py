"""The libraries that a request concerns, and their combined result."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.paths.mappings import PathMapping
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import RETRY_PAUSE, WAIT_LIMIT, Bench, MakeBench, NoPausesClock


async def test_all_libraries_of_a_folder_are_scanned(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Two libraries with one folder both index the file, and the result names both."""
    fake_plex.add_library("Movies", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    fake_plex.add_library("Family", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    bench = await make_bench()

    result = await bench.scan(samples.add_movie(tmp_path / "m", "Tenet (2020)"))

    assert result.outcome is Outcome.ADDED
    assert [entry.library.title for entry in result.libraries] == ["Movies", "Family"]
    assert len(result.items) == 2
    assert len(bench.refreshed) == 2


async def test_request_can_be_restricted_to_a_library(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """`library` restricts by title, in any case, or by id."""
    for title in ("Movies", "Family"):
        fake_plex.add_library(title, "movie", {str(tmp_path / "m"): tmp_path / "m"})
    bench = await make_bench()
    movie = samples.add_movie(tmp_path / "m", "Tenet (2020)")

    by_title = await bench.scan(movie, libraries=("FAMILY",))
    by_id = await bench.scan(movie, libraries=("1",))

    assert [entry.library.title for entry in by_title.libraries] == ["Family"]
    assert [entry.library.title for entry in by_id.libraries] == ["Movies"]


async def test_file_listed_in_one_library_causes_no_wider_scan_elsewhere(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A movie library above a TV library never indexes an episode: that causes no wider scan."""
    fake_plex.add_library("Everything", "movie", {str(tmp_path): tmp_path})
    fake_plex.add_library("TV Shows", "show", {str(tmp_path / "tv"): tmp_path / "tv"})
    (tmp_path / "tv").mkdir()
    bench = await make_bench()

    result = await bench.scan(samples.add_episode(tmp_path / "tv", "Westworld", 1, 1))

    assert result.outcome is Outcome.ADDED
    assert [entry.library.title for entry in result.libraries] == ["TV Shows", "Everything"]
    assert None not in bench.refreshed


async def test_library_added_while_running_is_found(
    tv: Path, fake_plex: FakePlex, tmp_path: Path, bench: Bench
) -> None:
    """If no library contains a path, the libraries are read again: no restart is needed."""
    root = tmp_path / "new"
    fake_plex.add_library("New", "show", {str(root): root})

    result = await bench.scan(samples.add_episode(root, "Dark", 1, 1))

    assert result.outcome is Outcome.ADDED
    assert bench.plex.stats.count("/library/sections") == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=500),
        Fault("status", status=404),
        Fault("starting_up"),
        Fault("disconnect"),
        Fault("truncated"),
    ],
    ids=["500", "404", "starting up", "cut off", "broken"],
)
async def test_error_while_reading_a_new_library_fails_no_request(
    tv: Path, tmp_path: Path, make_bench: MakeBench, fault: Fault
) -> None:
    """A temporary error while the libraries are read does not fail an accepted request."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.add_library("New", "show", {str(tmp_path / "new"): tmp_path / "new"})
    times = 1 if fault.status == 404 else 3
    bench.plex.faults.add(Fault(fault.kind, status=fault.status, path="/library/sections", times=times))

    result = await bench.scan(samples.add_episode(tmp_path / "new", "Dark", 1, 1))

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)


async def test_library_added_during_an_outage_is_found_after_it(
    tv: Path, tmp_path: Path, make_bench: MakeBench
) -> None:
    """An accepted request waits for the server, and uses its libraries then."""
    bench = await make_bench()
    bench.plex.add_library("New", "show", {str(tmp_path / "new"): tmp_path / "new"})
    await bench.plex.stop()
    episode = samples.add_episode(tmp_path / "new", "Dark", 1, 1)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=True)

    assert (await bench.engine.wait(pending, 0.3)).outcome is Outcome.PENDING
    await bench.plex.start()
    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


async def test_resolving_a_path_does_not_wait_for_the_server(tv: Path, make_bench: MakeBench) -> None:
    """A query does not wait for an unavailable server: it uses the libraries as last read."""
    clock = NoPausesClock()
    bench = await make_bench(clock=clock)
    bench.plex.faults.add(Fault("status", status=500, path="/library/sections"))
    clock.slept.clear()

    found = await bench.engine.registry.resolve("/elsewhere/x.mkv")

    assert (found.matches, found.nearest) == ((), str(tv))
    assert bench.plex.stats.count("/library/sections") == 1
    assert [seconds for seconds in clock.slept if RETRY_PAUSE <= seconds < WAIT_LIMIT] == []


async def test_path_in_no_library_fails_with_the_nearest_location(tv: Path, bench: Bench) -> None:
    """It fails with the nearest location; Plex receives one request for the libraries and none for a scan."""
    result = await bench.scan(str(tv) + "-4k/Dark/Season 01/Dark - S01E01.mkv")

    assert (result.outcome, result.reason, result.detail) == (Outcome.FAILED, Reason.NO_LIBRARY, str(tv))
    assert bench.plex.stats.paths() == ["/library/sections"]


@pytest.mark.parametrize("path", ["", " ", "relative/x.mkv", "/a\0b", "/../x", "C:x"])
async def test_invalid_path_fails_without_a_request(tv: Path, bench: Bench, path: str) -> None:
    """It fails at once, without a request to Plex."""
    result = await bench.scan(path)

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.INVALID_PATH)
    assert bench.plex.stats.paths() == []


async def test_removed_library_is_reported(tv: Path, fake_plex: FakePlex, bench: Bench) -> None:
    """After a 404 for the scan, the libraries are read again, and the library is reported as gone."""
    fake_plex.add_library("Movies", "movie", {str(tv.parent / "m"): tv.parent / "m"})
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.remove_library(fake_plex.libraries[0])

    result = await bench.scan(episode)

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.LIBRARY_GONE)


async def test_request_continues_in_a_recreated_library(tv: Path, fake_plex: FakePlex, bench: Bench) -> None:
    """The request continues in the new library with the same folder."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.remove_library(fake_plex.libraries[0])
    fake_plex.add_library("Anew", "show", {str(tv): tv})

    result = await bench.scan(episode)

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
    assert [entry.library.title for entry in result.libraries] == ["Anew"]


async def test_request_continues_in_the_new_library_of_a_location(
    tv: Path, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The former library is never scanned as a whole; the request continues in the other one."""
    bench = await make_bench()
    (old,) = bench.plex.libraries
    rest = tmp_path / "rest"
    rest.mkdir()
    bench.plex.add_location(old, str(rest), rest)
    bench.plex.remove_location(old, str(tv))
    bench.plex.add_library("Series", "show", {str(tv): tv})

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
    assert [entry.library.title for entry in result.libraries] == ["Series"]
    assert None not in bench.refreshed


async def test_removed_location_fails_without_a_scan_of_the_library(
    tv: Path, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The path is in no library any more; nothing is scanned as a whole."""
    bench = await make_bench()
    (library,) = bench.plex.libraries
    bench.plex.add_location(library, str(tmp_path), tmp_path / "rest")
    bench.plex.remove_location(library, str(tv))
    bench.plex.remove_location(library, str(tmp_path))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.LIBRARY_GONE)
    assert None not in bench.refreshed


async def test_recreated_library_does_not_affect_the_other_library(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The outcome of the other library is kept."""
    movies = tmp_path / "m"
    gone = fake_plex.add_library("Movies", "movie", {str(movies): movies})
    fake_plex.add_library("Family", "movie", {str(movies): movies})
    bench = await make_bench()
    fake_plex.remove_library(gone)
    fake_plex.add_library("Anew", "movie", {str(movies): movies})

    result = await bench.scan(samples.add_movie(movies, "Tenet (2020)"))

    assert result.outcome is Outcome.ADDED
    assert sorted(entry.library.title for entry in result.libraries) == ["Anew", "Family"]
    assert len(bench.refreshed) == 2


async def test_404_of_a_listed_library_is_retried(tv: Path, bench: Bench) -> None:
    """The library is still listed, so the 404 is retried."""
    bench.plex.faults.add(Fault("status", status=404, path="*/refresh", times=1))

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


async def test_mapped_path_is_added(fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench) -> None:
    """Reported as the downloader sees it, scanned as Plex sees it, compared as Home Assistant sees it."""
    root = tmp_path / "tv"
    episode = samples.add_episode(root, "Westworld", 1, 1)
    fake_plex.add_library("TV Shows", "show", {"/data/tv": root})
    bench = await make_bench(mappings=(PathMapping.of("/downloads/tv", "/data/tv", str(root)),))
    reported = "/downloads/tv/Westworld/Season 01/" + episode.name

    result = await bench.scan(reported)

    assert result.outcome is Outcome.ADDED
    assert result.server_path == "/data/tv/Westworld/Season 01/" + episode.name
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]
    assert (await bench.scan(reported)).outcome is Outcome.UP_TO_DATE


@pytest.mark.parametrize(
    ("location", "reported", "folder"),
    [
        (r"D:\Media\TV", "/tv/Dark/Season 01/", r"D:\Media\TV\Dark\Season 01"),
        ("D:\\Media\\TV\\", r"d:\media\tv\Dark\Season 01" + "\\", r"D:\Media\TV\Dark\Season 01"),
        (r"\\NAS\tv", r"\\nas\TV\Dark\Season 01" + "\\", r"\\NAS\tv\Dark\Season 01"),
        (r"\\NAS\tv", "//nas/tv/Dark/Season 01/", r"\\NAS\tv\Dark\Season 01"),
        (r"\\NAS\tv", "//?/UNC/nas/tv/Dark/Season 01/", r"\\NAS\tv\Dark\Season 01"),
        (r"\\NAS\tv", "/shares/Dark/Season 01/", r"\\NAS\tv\Dark\Season 01"),
        (r"D:\Media\TV", "//box/tv/Dark/Season 01/", r"D:\Media\TV\Dark\Season 01"),
        (r"D:\Media\TV", r"\\box\tv\Dark\Season 01" + "\\", r"D:\Media\TV\Dark\Season 01"),
    ],
    ids=[
        "mapped from POSIX",
        "drive in another case",
        "share in another case",
        "share with slashes",
        "long share with slashes",
        "mapped to a share with slashes",
        "mapped from a share with slashes",
        "mapped from a share, the row with slashes",
    ],
)
async def test_windows_server_gets_its_own_spelling(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, location: str, reported: str, folder: str
) -> None:
    """Plex gets its own spelling and separators, never a doubled one."""
    root = tmp_path / "tv"
    root.mkdir()
    fake_plex.add_library("TV Shows", "show", {location: root})
    rows = [("/tv", r"D:\Media\TV"), ("/shares", "//NAS/tv/"), ("//box/tv", r"D:\Media\TV")]
    bench = await make_bench(mappings=tuple(PathMapping.of(*row) for row in rows))
    episode = samples.add_episode(root, "Dark", 1, 1)

    result = await bench.scan(reported + episode.name)

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [folder]
    assert (await bench.scan(reported + episode.name, size=episode.stat().st_size)).outcome is Outcome.UP_TO_DATE


async def test_two_leading_slashes_on_a_posix_server_are_not_a_share(tv: Path, bench: Bench) -> None:
    """If a library contains the path, two leading slashes are not a share."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    assert (await bench.scan(f"/{episode}")).outcome is Outcome.ADDED


async def test_windows_names_that_differ_by_a_letter_are_two_files(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """On Windows `Weiß` and `Weiss` are different names."""
    films = tmp_path / "m" / "Films"
    samples.put(films / "Weiss (2001).mkv")
    fake_plex.add_library("Movies", "movie", {r"D:\M": tmp_path / "m"})
    fake_plex.seed()
    bench = await make_bench()
    size = samples.put(films / "Weiß (2001).mkv").stat().st_size

    known = await bench.scan(r"D:\M\Films\Weiss (2001).mkv", size=size)
    new = await bench.scan(r"D:\M\Films\Weiß (2001).mkv", size=size)

    assert [known.outcome, new.outcome] == [Outcome.UP_TO_DATE, Outcome.ADDED]


async def test_long_windows_path_with_a_prefix_is_found(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Plex on Windows lists paths of more than 260 characters with a prefix."""
    root = tmp_path / "tv"
    root.mkdir()
    fake_plex.add_library("TV Shows", "show", {r"D:\TV": root})
    bench = await make_bench()
    show = "A very long name of a show " * 4
    episode = samples.put(root / show / ("Season 01 " * 10) / f"{show} - S01E01.mkv")

    result = await bench.scan("D:\\TV\\" + str(episode.relative_to(root)).replace("/", "\\"))

    assert result.outcome is Outcome.ADDED
    assert result.items[0].file.startswith("\\\\?\\")


async def test_known_libraries_are_used_if_they_cannot_be_reloaded(tv: Path, make_bench: MakeBench) -> None:
    """If the libraries cannot be read again, the last known ones are used."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(Fault("status", status=500, path="/library/sections"))

    result = await bench.scan("/elsewhere/x.mkv")

    assert (result.outcome, result.reason, result.detail) == (
        Outcome.FAILED,
        Reason.SERVER_ERROR,
        "Plex responded with HTTP status 500",
    )


@pytest.mark.parametrize("ignores_case", [True, False], ids=["look-ups ignore case", "look-ups do not"])
async def test_windows_path_in_another_case_is_found(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, ignores_case: bool
) -> None:
    """Windows ignores case but Plex's look-ups may not, so its own spelling is used."""
    fake_plex.quirks.file_filter_ignores_case = ignores_case
    root = tmp_path / "tv"
    episode = samples.add_episode(root, "Dark", 1, 1)
    fake_plex.add_library("TV Shows", "show", {r"D:\TV": root})
    fake_plex.seed()
    bench = await make_bench()
    new = samples.add_episode(root, "Dark", 1, 2)

    known = await bench.scan(r"d:\tv\dark\season 01\dark - s01e01.mkv", size=episode.stat().st_size)
    added = await bench.scan(r"d:\tv\dark\season 01\DARK - S01E02.MKV", size=new.stat().st_size)

    assert known.outcome is Outcome.UP_TO_DATE
    assert added.outcome in {Outcome.ADDED, Outcome.UP_TO_DATE}
    assert [item.file for item in added.items] == [r"D:\TV\Dark\Season 01\Dark - S01E02.mkv"]
    assert None not in bench.refreshed


@pytest.mark.parametrize("change", ["removed", "replaced"])
async def test_change_is_complete_when_every_library_shows_it(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, change: str
) -> None:
    """A removal or a replacement is complete when every library shows it."""
    root = tmp_path / "tv"
    episode = samples.add_episode(root, "Dark", 1, 1)
    samples.add_episode(root, "Dark", 1, 2)
    for title in ("TV Shows", "Family"):
        fake_plex.add_library(title, "show", {str(root): root})
    fake_plex.seed()
    bench = await make_bench()
    lost = bench.plex.faults.add(Fault("lost_scan", path="/library/sections/2/refresh"))
    if change == "removed":
        episode.unlink()
    else:
        samples.put(episode, samples.LARGE)

    before = await bench.scan(episode)
    lost.remove()
    done = await bench.scan(episode)

    assert before.outcome in {Outcome.FAILED, Outcome.NOT_FOUND}
    folders = [request.path for request in bench.plex.stats.requests if request.matches("/library/sections/2/refresh")]
    assert len(folders) > 2
    assert done.outcome is (Outcome.REMOVED if change == "removed" else Outcome.UPDATED)


async def test_windows_removal_in_another_case_is_proven(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A look-up in another case does not prove that Plex does not list the file."""
    root = tmp_path / "tv"
    episodes = [samples.add_episode(root, "Dark", 1, number) for number in (1, 2)]
    library = fake_plex.add_library("TV Shows", "show", {r"D:\TV": root})
    fake_plex.seed()
    bench = await make_bench()
    episodes[0].unlink()

    await bench.scan(r"d:\tv\dark\season 01\dark - s01e01.mkv", gone=True)

    assert [part.real for item in bench.plex.items(library, "episode") for part in item.parts] == [episodes[1]]


async def test_windows_folder_is_scanned_as_plex_sees_it(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """If what Plex lists and sees differs, the folder that it sees is scanned."""
    root = tmp_path / "tv"
    samples.put(root / "Café/Season 01/Café - S01E01.mkv")
    fake_plex.add_library("TV Shows", "show", {r"D:\TV": root})
    fake_plex.seed()
    bench = await make_bench()
    (root / "Café").rename(root / "CAFÉ")
    samples.put(root / "CAFÉ/Season 01/Café - S01E05.mkv")
    bench.plex.faults.add(Fault("lost_scan"))

    result = await bench.scan(r"D:\TV\CAFÉ\Season 01\Café - S01E05.mkv")

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.TIMEOUT)
    assert set(bench.refreshed) == {r"D:\TV\CAFÉ\Season 01"}
