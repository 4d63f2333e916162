"""The steps of the demo: from an empty folder to a dashboard, with a fake Plex or a real one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
import secrets
from time import monotonic
from typing import Any

import aiohttp

from tests.e2e import dashboard, downloader_story, history, movies, plex, television
from tests.e2e.api import Api, User, onboard
from tests.e2e.console import Console, plural
from tests.e2e.entities import Entity, entities_of
from tests.e2e.home_assistant import HomeAssistant, create
from tests.e2e.plex import PlexServer, PlexTv, take_cost
from tests.e2e.processes import Child, EndToEndError, poll

from .result_tables import print_result, print_states

DOMAIN = "plex_smart_scan"
SERVER_NAME = "Living room"
ACCOUNT = "demo-owner"
UNDONE = ("not_found", "failed")
PLEX_PATH = "/data/tv"  # the library's folder as Plex sees it, as in a container
MOVIES_PATH = "/data/movies"


@dataclass(frozen=True)
class Stage:
    """What every step needs."""

    console: Console
    session: aiohttp.ClientSession
    folder: Path
    port: int
    details: dict[str, str] = field(default_factory=dict)  # details for programs that continue from here


def expect(as_it_should_be: bool, otherwise: str) -> None:
    """Stop the demo when something is not as it should be."""
    if not as_it_should_be:
        raise EndToEndError(otherwise)


@asynccontextmanager
async def with_fake_plex(stage: Stage) -> AsyncIterator[str]:
    """Play the main job through; yields the dashboard's address while everything is up."""
    show = stage.console
    television_folder = stage.folder / "media" / "tv"
    movie_folder = stage.folder / "media" / "movies"
    television.lay_out(television_folder)
    movies.lay_out(movie_folder)
    libraries = (f"TV Shows=show={PLEX_PATH}={television_folder}", f"Movies=movie={MOVIES_PATH}={movie_folder}")
    show.step("A Plex server")
    async with plex.running_fake(
        stage.folder / "fake-plex.log", *libraries, name=SERVER_NAME, profile="realistic"
    ) as server:
        folders, files = television.count(television_folder)
        show.line(f"A simulated server at {server.url}, which scans real folders.")
        show.line(f"TV Shows at {PLEX_PATH}: {plural(files, 'episode')} in {plural(folders, 'folder')}")
        async with (
            fake_plex_tv(stage, server) as plex_tv,
            home_assistant(stage, server, plex_tv) as running,
            downloader_story.sonarr_with_files(
                stage.session, stage.folder / "fake-sonarr.log", television_folder
            ) as sonarr,
        ):
            api = running.api
            await take_cost(stage.session, server)
            episode = _new_episode(stage, television_folder)
            await _scan_new_episode(stage, api, server, episode)
            await _scan_again(stage, api, server, episode)
            await downloader_story.connect(show, api, running.entry_id, sonarr)
            await downloader_story.import_episode(show, api, server, sonarr, television_folder)
            await downloader_story.catch_up(
                show, api, server, sonarr, television_folder, stop=running.stop, start=running.start
            )
            await _scan_more(stage, api, television_folder, movie_folder)
            show.step("What Home Assistant shows")
            show.quiet("(after the statistics of the libraries have been updated)")
            numbers = {str(television.count(folder)[1]) for folder in (television_folder, movie_folder)}
            entities = await _settled(api, numbers)
            await print_states(show, api, entities)
            show.quiet("(The values of the last month in the graphs of the dashboard are invented.)")
            await history.make_up(api, {entity.entity_id: float(entity.state) for entity in entities if _grows(entity)})
            yield await dashboard.show(api, {entity.entity_id for entity in entities})


@asynccontextmanager
async def with_real_plex(stage: Stage, server: PlexServer, paths: list[str], *, scan: bool) -> AsyncIterator[str]:
    """Resolve paths on a real server, or scan them; yields the dashboard's address while everything is up."""
    show = stage.console
    show.step("Your Plex server")
    paths = paths or [await plex.first_location(stage.session, server)]
    show.line(server.url)
    async with home_assistant(stage, server) as running:
        api = running.api
        action = "scan_path" if scan else "resolve_path"
        show.step("Scanning" if scan else "Resolving paths (nothing is scanned)")
        answer = await _call(stage, api, action, {"path": paths})
        show.line(json.dumps(answer, indent=2, ensure_ascii=False).replace("\n", "\n   "))
        undone = [f"{each['path']}: {each['message']}" for each in answer["results"] if each.get("outcome") in UNDONE]
        expect(not undone, "; ".join(undone))
        show.step("What Home Assistant shows")
        entities = await entities_of(api, DOMAIN)
        await print_states(show, api, entities)
        slug = next(entity.entity_id for entity in entities if entity.entity_id.endswith("_last_result"))
        name = slug.removeprefix("sensor.").removesuffix("_last_result")
        yield await dashboard.show(api, {entity.entity_id for entity in entities}, name)


@asynccontextmanager
async def fake_plex_tv(stage: Stage, server: PlexServer) -> AsyncIterator[PlexTv]:
    """Run a stand-in for plex.tv that lists the server."""
    show = stage.console
    show.step("plex.tv")
    log = stage.folder / "fake-plex-tv.log"
    async with plex.running_plex_tv(log, server, name=SERVER_NAME, account=ACCOUNT) as plex_tv:
        show.line(f"A simulated plex.tv at {plex_tv.url}, which only the Home Assistant of this demo uses.")
        show.line(f"The account {ACCOUNT} owns the server {SERVER_NAME}.")
        yield plex_tv


@dataclass
class RunningHomeAssistant:
    """A Home Assistant that knows the server, to be stopped and started again."""

    stage: Stage
    home: HomeAssistant
    api: Api
    entry_id: str
    process: Child

    async def stop(self) -> None:
        """Stop it as a person does."""
        await self.process.stop()

    async def start(self) -> None:
        """Start it again, and return when everything is set up."""
        self.process = await self.home.start(self.stage.session)
        await self.api.wait_until_running()


@asynccontextmanager
async def home_assistant(
    stage: Stage, server: PlexServer, plex_tv: PlexTv | None = None
) -> AsyncIterator[RunningHomeAssistant]:
    """Run a Home Assistant that knows the server: by a sign-in at plex.tv if there is a fake one, else by its token."""
    show = stage.console
    show.step("Home Assistant")
    home = create(stage.folder / "home-assistant", port=stage.port, plex_tv=plex_tv.url if plex_tv else "")
    user = User("demo", secrets.token_urlsafe(9))
    began = monotonic()
    async with home.running(stage.session) as process:
        api = await onboard(stage.session, home.url, user)
        version = (await api.get("/api/config"))["version"]
        show.line(f"Version {version}, started in {monotonic() - began:.1f} s, at {home.url}")
        show.table([("user name", user.name), ("password", user.password)])
        stage.details.update(url=home.url, user=user.name, password=user.password, token=api.token, plex=server.url)
        stage.details["folder"] = str(stage.folder)
        show.step("Set-up through the config flow")
        if plex_tv:
            entry = await _sign_in(stage, api, plex_tv)
        else:
            entry = await api.set_up(DOMAIN, {"url": server.url, "token": server.token, "verify_ssl": True})
        show.line(f"Plex Smart Scan: {entry['title']}")
        running = RunningHomeAssistant(stage, home, api, entry["entry_id"], process)
        try:
            yield running
        finally:
            await running.stop()


async def _sign_in(stage: Stage, api: Api, plex_tv: PlexTv) -> dict[str, Any]:
    """Set the integration up with "Sign in with Plex", and click where a user would."""
    show = stage.console

    async def visit(page: str) -> None:
        show.line("Sign in with Plex opens the page on plex.tv:")
        show.quiet(page.partition("#")[0])
        back = await plex.sign_in(stage.session, plex_tv, page)
        show.line(f"The user continues as {plex_tv.account}. The page redirects to Home Assistant:")
        show.quiet(back.partition("?")[0])

    entry = await api.sign_in(DOMAIN, visit)
    show.line("The server and its best address were found automatically. No token had to be entered.")
    return entry


def _new_episode(stage: Stage, folder: Path) -> dict[str, Any]:
    """Copy an episode into the library; return what a downloader would report: the path in Plex, and the size."""
    stage.console.step("A new episode arrives")
    episode = television.add_new_episode(folder)
    path = f"{PLEX_PATH}/{episode.relative_to(folder).as_posix()}"
    stage.console.line(path)
    return {"path": path, "size": episode.stat().st_size}


async def _call(stage: Stage, api: Api, action: str, data: dict[str, Any]) -> dict[str, Any]:
    """Call an action the way a script would, and say so."""
    stage.console.quiet(f"POST /api/services/{DOMAIN}/{action}?return_response")
    stage.console.quiet(json.dumps(data, ensure_ascii=False))
    return await api.call_action(f"{DOMAIN}.{action}", data)


async def _scan_new_episode(stage: Stage, api: Api, server: PlexServer, episode: dict[str, Any]) -> None:
    result = only_result(await _call(stage, api, "scan_path", episode))
    cost = await take_cost(stage.session, server)
    print_result(stage.console, result, cost)
    expect(result["outcome"] == "added", f"the outcome should be added, not {result['outcome']}")
    expect(cost.scans == 1, f"Plex should have scanned once, not {cost.scans} times")
    expect(cost.folders_listed == 1, f"Plex should have listed one folder, not {cost.folders_listed}")


async def _scan_again(stage: Stage, api: Api, server: PlexServer, episode: dict[str, Any]) -> None:
    stage.console.step("The same call again")
    result = only_result(await _call(stage, api, "scan_path", episode))
    cost = await take_cost(stage.session, server)
    print_result(stage.console, result, cost)
    expect(result["outcome"] == "up_to_date", f"the outcome should be up_to_date, not {result['outcome']}")
    expect(cost.scans == 0, f"Plex should not have scanned anything, but it scanned {plural(cost.scans, 'time')}")


async def _scan_more(stage: Stage, api: Api, shows: Path, films: Path) -> None:
    """Let more happen in both libraries, have it all scanned in one call, and show what the log says of it."""
    stage.console.step("A new movie, a better version of another movie and a deleted episode")
    added, replaced, removed = (
        movies.add_new_movie(films),
        movies.replace_movie(films),
        television.remove_episode(shows),
    )
    paths = [f"{MOVIES_PATH}/{path.relative_to(films).as_posix()}" for path in (added, replaced)]
    paths.append(f"{PLEX_PATH}/{removed.relative_to(shows).as_posix()}")
    answer = await _call(stage, api, "scan_path", {"path": paths})
    outcomes = [each["outcome"] for each in answer["results"]]
    stage.console.table([(each["outcome"], each["message"]) for each in answer["results"]])
    expect(outcomes == ["added", "updated", "removed"], f"they should be added, updated and removed, not {outcomes}")
    stage.console.step("The log of Home Assistant at the default log level")
    lines = step_lines(stage.folder / "home-assistant" / "console.log")
    expect(len(lines) > len(paths), "each step should be a line of the log")
    for line in lines[-8:]:
        stage.console.line(line)


def step_lines(log: Path) -> list[str]:
    """Return the lines of the detailed log, without their times and their logger."""
    mark = f"[custom_components.{DOMAIN}.scanner.step_log] "
    return [line.partition(mark)[2] for line in log.read_text(encoding="utf-8").splitlines() if mark in line]


def _grows(entity: Entity) -> bool:
    """Whether an entity is the number of a library's items."""
    return entity.library and entity.entity_id.endswith(("_episodes", "_movies", "_shows"))


def only_result(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the result for one path on one server."""
    results: list[dict[str, Any]] = answer["results"]
    expect(len(results) == 1, f"one result should come back, not {len(results)}")
    return results[0]


async def _settled(api: Api, numbers: set[str]) -> list[Entity]:
    """Return the entities once the libraries show the numbers of files that they have by now."""

    async def up_to_date() -> list[Entity] | None:
        entities = await entities_of(api, DOMAIN)
        shown = {entity.state for entity in entities if entity.entity_id.endswith(("_movies", "_episodes"))}
        return entities if shown == numbers else None

    return await poll(f"libraries with {' and '.join(sorted(numbers))} files", up_to_date, seconds=60)
