"""What Plex sees on its disk: one request per folder, and growing pauses while a file is missing."""

import asyncio
from pathlib import Path
import unicodedata

import pytest

from custom_components.plex_smart_scan.scanner.libraries import visible_to_plex as module
from custom_components.plex_smart_scan.scanner.libraries.visible_to_plex import FolderView
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from tests.fake_plex import Fault, samples
from tests.fake_plex.browse_api import browse_key
from tests.scanner.builders import work
from tests.scanner.libraries.conftest import Queries

SEASON = clean("/data/tv/Alpha/Season 01")


async def wait_for_next(queries: Queries, seconds: float, waiting: asyncio.Task[FolderView]) -> FolderView:
    """Advance the clock by a pause; the view is there after it, and no request is sent before it."""
    asked = queries.browsed
    await queries.clock.forward(seconds - 0.5)
    assert queries.browsed == asked
    await queries.clock.forward(0.5)  # exactly the pause: an answer that comes at once starts the next one now
    return await waiting


@pytest.mark.usefixtures("shows")
class TestView:
    """A folder as Plex sees it at a moment."""

    async def test_entry_is_found_by_its_path(self, queries: Queries) -> None:
        """Files and folders, each found by its path."""
        season = await queries.visibility.view(SEASON)
        show = await queries.visibility.view(clean("/data/tv/Alpha"))

        assert [entry.name for entry in season.entries or ()] == ["Alpha - S01E01.mkv", "Alpha - S01E02.mkv"]
        assert (entry := show.find(SEASON))
        assert entry.folder
        assert season.find(SEASON.join("Alpha - S01E03.mkv")) is None

    async def test_entry_is_found_in_any_unicode_form(self, queries: Queries, shows: Path) -> None:
        """A name is found in any Unicode form."""
        name = "Épisode.mkv"
        samples.put(shows / "Alpha" / "Season 01" / unicodedata.normalize("NFD", name))

        view = await queries.visibility.view(SEASON)

        assert view.find(SEASON.join(unicodedata.normalize("NFC", name)))

    @pytest.mark.parametrize("not_found", [False, True], ids=["empty list", "404"])
    async def test_missing_folder_is_empty_and_not_refused(self, queries: Queries, not_found: bool) -> None:
        """It looks like an empty one; that is no refusal, whichever way the server responds."""
        queries.plex.quirks.browse_missing_is_404 = not_found

        view = await queries.visibility.view(clean("/data/tv/Nothing"))

        assert (view.entries, view.refused) == ((), False)

    @pytest.mark.parametrize("status", [403, 404, 400, 500])
    async def test_refused_browsing_is_a_view_without_entries(self, queries: Queries, status: int) -> None:
        """A server that refuses only this kind of request is available."""
        queries.plex.quirks.browse_refused = status

        view = await queries.visibility.view(SEASON)

        assert view.refused
        assert view.find(SEASON.join("Alpha - S01E01.mkv")) is None

    @pytest.mark.parametrize("status", [404, 400])
    async def test_folder_is_missing_only_if_the_folder_above_shows_that(self, queries: Queries, status: int) -> None:
        """A proxy may answer all questions about folders like this, for ever, and no others."""
        queries.plex.faults.add(Fault("status", status=status, path="/services/browse/*"))

        view = await queries.visibility.view(SEASON)

        assert view.refused

    @pytest.mark.parametrize("status", [404, 400])
    async def test_missing_show_has_no_seasons(self, queries: Queries, status: int) -> None:
        """Neither of the folders exists: the location shows that."""
        for folder in ("/data/tv/Delta", "/data/tv/Delta/Season 01"):
            queries.plex.faults.add(Fault("status", status=status, path=browse_key(folder)))

        view = await queries.visibility.view(clean("/data/tv/Delta/Season 01"))

        assert (view.entries, view.refused) == ((), False)

    async def test_simultaneous_callers_share_one_request(self, queries: Queries) -> None:
        """Simultaneous callers share one request, also if one of them is cancelled."""
        views = [asyncio.create_task(queries.visibility.view(SEASON)) for _ in range(10)]
        await work()
        views.pop().cancel()

        answers = await asyncio.gather(*views)

        assert len({id(answer) for answer in answers}) == 1
        assert queries.browsed == 1

    async def test_view_expires_after_its_maximum_age(self, queries: Queries) -> None:
        """A view is used for a second, or as long as the caller says."""
        first = await queries.visibility.view(SEASON)
        queries.clock.now += 0.9
        assert await queries.visibility.view(SEASON) is first
        queries.clock.now += 0.2
        assert await queries.visibility.view(SEASON, max_age=3.0) is first
        assert await queries.visibility.view(SEASON) is not first
        assert await queries.visibility.view(SEASON, max_age=0.0) is not first

        assert queries.browsed == 3

    async def test_first_seen_is_kept_while_the_file_is_visible(self, queries: Queries, shows: Path) -> None:
        """Since when a file has been seen without interruption."""
        path = SEASON.join("Alpha - S01E03.mkv")
        seen: list[float | None] = []
        for action in ("look", "add", "look", "remove", "add"):
            if action == "add":
                samples.add_episode(shows, "Alpha", 1, 3)
            elif action == "remove":
                (shows / "Alpha" / "Season 01" / path.name).unlink()
            queries.clock.now += 2.0
            await queries.visibility.view(SEASON)
            seen.append(queries.visibility.first_seen(path))

        assert seen == [None, 1004.0, 1004.0, None, 1010.0]
        assert queries.visibility.first_seen(clean("/data/tv/Beta/x.mkv")) is None

    @pytest.mark.parametrize(
        ("actions", "since"),
        [
            (["report", "look"], 1002.0),
            (["look", "add", "report", "look"], 1006.0),
            (["report", "look", "add", "look"], 1008.0),
            (["add", "look", "report", "look"], 1004.0),
            (["add", "report", "refused", "look"], 1004.0),
            (["look", "report", "refused", "add", "look"], 1004.0),
            (["add", "report", "look", "remove", "look"], None),
            (["add", "report", "look", "remove", "look", "add", "look"], 1014.0),
        ],
    )
    async def test_file_is_present_since_its_report_unless_a_view_shows_otherwise(
        self, queries: Queries, shows: Path, actions: list[str], since: float | None
    ) -> None:
        """A file that was first looked for some time after its report was probably there all the time."""
        path, reported_at = SEASON.join("Alpha - S01E03.mkv"), 0.0
        if "add" not in actions:
            samples.add_episode(shows, "Alpha", 1, 3)
        for action in actions:
            queries.clock.now += 2.0
            queries.plex.quirks.browse_refused = 403 if action == "refused" else 0
            match action:
                case "add":
                    samples.add_episode(shows, "Alpha", 1, 3)
                case "remove":
                    (shows / "Alpha" / "Season 01" / path.name).unlink()
                case "report":
                    reported_at = queries.clock.now
                case _:
                    await queries.visibility.view(SEASON)

        assert queries.visibility.present_since(path, reported_at) == since

    async def test_oldest_folders_are_forgotten(self, queries: Queries, monkeypatch: pytest.MonkeyPatch) -> None:
        """A limited number of folders is stored, besides those with running requests."""
        monkeypatch.setattr(module, "_MAX_REMEMBERED", 2)
        waiting = asyncio.create_task(queries.visibility.next_view(clean("/data/tv/Omega/Season 01")))
        await work()
        for show in ("Alpha", "Beta", "Gamma", "Beta", "Alpha"):
            await queries.visibility.view(clean(f"/data/tv/{show}/Season 01"))

        assert queries.browsed == 4  # Alpha was forgotten, Beta was not
        assert len((await wait_for_next(queries, 1.0, waiting)).entries or ()) == 2


@pytest.mark.usefixtures("shows")
class TestWaiting:
    """Requests that wait in one folder share requests at growing intervals."""

    async def test_pauses_grow_up_to_15_seconds(self, queries: Queries) -> None:
        """1, 2, 4, 8, 15, 15 seconds, however long a request needs before it waits again."""
        for seconds in (1.0, 2.0, 4.0, 8.0, 15.0, 15.0):
            waiting = asyncio.create_task(queries.visibility.next_view(SEASON))
            await work()
            await wait_for_next(queries, seconds, waiting)
            await queries.client.activities()  # what a request does in between takes a while

        assert queries.browsed == 6
        assert queries.clock.slept[:6] == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]

    async def test_waiters_share_each_request(self, queries: Queries, shows: Path) -> None:
        """Twenty waiters share each request; one that is cancelled does not affect others."""
        waiting = [asyncio.create_task(queries.visibility.next_view(SEASON)) for _ in range(20)]
        await work()
        waiting.pop().cancel()
        new = samples.add_episode(shows, "Alpha", 1, 3)

        first = await wait_for_next(queries, 1.0, waiting[0])
        views = await asyncio.gather(*waiting)

        assert first.find(SEASON.join(new.name))
        assert all(view is first for view in views)
        assert queries.browsed == 1

    async def test_view_read_by_another_request_is_used(self, queries: Queries) -> None:
        """A view that another request reads is used by all waiters."""
        waiting = asyncio.create_task(queries.visibility.next_view(SEASON))
        await work()

        view = await queries.visibility.view(SEASON)

        assert await waiting is view
        assert queries.browsed == 1

    async def test_polling_ends_without_waiters(self, queries: Queries) -> None:
        """Without waiters nothing is requested, and the first pause is short again."""
        waiting = asyncio.create_task(queries.visibility.next_view(SEASON))
        await work()
        waiting.cancel()
        await queries.clock.forward(100.0)
        assert queries.browsed == 0

        waiting = asyncio.create_task(queries.visibility.next_view(SEASON))
        await work()
        await wait_for_next(queries, 1.0, waiting)

    async def test_refusal_is_a_view_for_the_waiters(self, queries: Queries) -> None:
        """A refusal is a view, too."""
        queries.plex.quirks.browse_refused = 403
        waiting = asyncio.create_task(queries.visibility.next_view(SEASON))
        await work()

        assert (await wait_for_next(queries, 1.0, waiting)).refused

    async def test_polling_waits_while_the_server_is_unavailable(self, queries: Queries) -> None:
        """The request waits while the server is unavailable."""
        await queries.library()  # the connection is there
        queries.plex.stats.reset()
        fault = queries.plex.faults.add(Fault("status", status=503))
        waiting = asyncio.create_task(queries.visibility.next_view(SEASON))
        await work()
        await queries.clock.forward(1.0)
        await queries.plex.wait_for_request("/services/browse/*")
        await queries.plex.wait_for_request("/")
        fault.remove()
        while not waiting.done():
            await queries.clock.forward(1.0)
            await asyncio.sleep(0.001)

        assert len((await waiting).entries or ()) == 2

    async def test_unexpected_error_is_raised_to_the_waiters(
        self, queries: Queries, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An unexpected error is raised to the waiters."""
        monkeypatch.setattr(module, "name_key", lambda *_: 1 / 0)
        waiting = asyncio.create_task(queries.visibility.next_view(SEASON))
        await work()

        with pytest.raises(ZeroDivisionError):
            await wait_for_next(queries, 1.0, waiting)

    async def test_close_cancels_the_waiters(self, queries: Queries) -> None:
        """Waiters are cancelled, and no request follows."""
        waiting = asyncio.create_task(queries.visibility.next_view(SEASON))
        await work()

        await queries.visibility.close()

        with pytest.raises(asyncio.CancelledError):
            await waiting
        await queries.clock.forward(100.0)
        assert queries.browsed == 0
