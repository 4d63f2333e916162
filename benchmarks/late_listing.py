"""How far a result is behind Plex's first listing of a file, for a server that lists at once or late."""

from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from time import monotonic

from custom_components.plex_smart_scan.scanner import Outcome, Settings

from .rig import Plex, Rig, fake_plex, new_episode, scanner_on, tree
from .table import Table, duration, size, spread

DELAYS = (0.0, 0.25, 1.0, 4.0)  # seconds from reading a folder until its new files are listed
ROUNDS = 9
SEASON = 24  # episodes


async def run(folder: Path, files: int) -> AsyncIterator[Table]:
    """Add files to a server that lists at once or late, with and without a websocket; a late season; an unseen file."""
    root = tree(folder, min(files, 20_000))
    late = Table("One new file, listed late", ("how", "listed after", "requests", "bytes", "folders", "behind Plex"))
    other = Table("A late season, and a file that Plex cannot see", ("what", "scans", "requests", "answer"))
    numbers = iter(range(10_000))
    async with fake_plex(root) as plex:
        for websocket in (True, False):
            async with scanner_on(plex, folder, websocket=websocket) as rig:
                for delay in DELAYS:
                    await _late(late, rig, root, numbers, delay, websocket=websocket)
        await plex.control("PUT", "quirks", listing_delay=2.0)
        async with scanner_on(plex, folder) as rig:
            await _season(other, rig, root)
        await plex.control("PUT", "quirks", listing_delay=0.0)
        patient = Settings(detailed_logging=False, validation_timeout=10.0)
        async with scanner_on(plex, folder, settings=patient) as rig:
            await _unseen(other, rig, root)
    yield late
    yield other


async def _late(table: Table, rig: Rig, root: Path, numbers: object, delay: float, *, websocket: bool) -> None:
    plex: Plex = rig.plex
    await plex.control("PUT", "quirks", listing_delay=delay)
    behind, requests, sent, folders = [], [], [], []
    for _ in range(ROUNDS):
        path = new_episode(root, next(numbers))  # type: ignore[call-overload]
        await plex.reset()
        (result,) = await rig.scan(path)
        answered = monotonic()
        assert result.outcome is Outcome.ADDED, result
        stats = await plex.stats()
        behind.append(max(answered - (await plex.control("GET", "listed", path=str(path)))["at"], 0.0))
        requests.append(stats.requests)
        sent.append(stats.bytes_sent)
        folders.append(stats.folders_listed)
    how = "websocket" if websocket else "polling"
    table.add(how, f"{delay} s", max(requests), size(max(sent)), max(folders), spread(behind))
    proven = median(behind)
    table.promise(f"{how}, {delay} s: behind Plex", "<= 100 ms", duration(proven), kept=proven <= 0.1)
    if not delay:
        most = 5 if websocket else 6
        table.promise(f"{how}: requests at most", f"<= {most}", f"{max(requests)}", kept=max(requests) <= most)
        table.promise(f"{how}: bytes at most", "<= 10 kB", size(max(sent)), kept=max(sent) <= 10_000)


async def _season(table: Table, rig: Rig, root: Path) -> None:
    show = root / "Show 00001" / "Season 77"
    show.mkdir()
    source = next((root / "Show 00001" / "Season 01").iterdir())
    paths = [show / f"Show 00001 - S77E{number:02}.mkv" for number in range(1, SEASON + 1)]
    for path in paths:
        path.hardlink_to(source)
    await rig.plex.reset()
    begin = monotonic()
    results = await rig.scan(*paths)
    took = monotonic() - begin
    assert {result.outcome for result in results} == {Outcome.ADDED}
    stats = await rig.plex.stats()
    table.add(f"season of {SEASON}, listed 2 s late", stats.scans, stats.requests, duration(took))
    table.promise("season, listed 2 s late: scans", "1", f"{stats.scans}", kept=stats.scans == 1)


async def _unseen(table: Table, rig: Rig, root: Path) -> None:
    await rig.plex.reset()
    begin = monotonic()
    (result,) = await rig.scan(root / "Show 00002" / "Season 01" / "Show 00002 - S01E99.mkv")
    took = monotonic() - begin
    assert result.outcome is Outcome.NOT_FOUND, result
    stats = await rig.plex.stats()
    table.add("file that Plex cannot see, waited for 10 s", stats.scans, stats.requests, duration(took))
    table.promise("unseen file: scans", "0", f"{stats.scans}", kept=stats.scans == 0)
