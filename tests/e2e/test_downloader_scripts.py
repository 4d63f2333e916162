"""The scripts of docs/downloaders, run as each program runs them, against a real Home Assistant process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
import json
import os
from pathlib import Path
import shutil

import aiohttp
import pytest

from tests.e2e.api import Api, User, onboard
from tests.e2e.downloader import sonarr_import
from tests.e2e.home_assistant import CHECKOUT, HomeAssistant
from tests.e2e.plex import PlexServer
from tests.e2e.processes import ending, poll
from tests.e2e.sender import BARE, SCRIPTS, SHELLS, Ran, Sender
from tests.e2e.story import DOMAIN, PLEX_PATH, only_result
from tests.fake_plex.samples import add_episode

from .script_runs import RUNS, Run

pytestmark = pytest.mark.timeout(300)

USER = User("tester", "tester-password")
# A name with everything that a shell, a form or JSON could trip over.
SHOW = 'Let\u2019s "Get" Down & 100% $HOME \\ `x` + {y} [z] (2020)'
KNOWN = f"{PLEX_PATH}/Harbour Lights/Season 01"


@dataclass(frozen=True)
class Environment:
    """A running Home Assistant with a Plex, and what opens it."""

    api: Api
    fake: PlexServer
    folder: Path
    webhook: str
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def by_webhook(self) -> dict[str, str]:
        """Return the environment for the webhook."""
        return {"PLEX_SMART_SCAN_WEBHOOK": f"{self.api.url}/api/webhook/{self.webhook}"}

    @property
    def by_token(self) -> dict[str, str]:
        """Return the environment for a token."""
        return {"PLEX_SMART_SCAN_URL": f"{self.api.url}/", "PLEX_SMART_SCAN_TOKEN": self.api.token}

    def new_episode(self) -> str:
        """Put an episode of a new show into the library; return its path as Plex sees it."""
        episode = add_episode(self.folder, f"{SHOW} {next(self.numbers)}", 1, 1)
        return f"{PLEX_PATH}/{episode.relative_to(self.folder).as_posix()}"

    async def settled(self) -> None:
        """Wait until nothing is pending: the event shows the last result only, and a late one would hide the next."""

        async def done() -> bool | None:
            states = await self.api.get("/api/states")
            pending = [state["state"] for state in states if state["entity_id"].endswith("_pending_paths")]
            return True if pending == ["0"] else None

        await poll("nothing to be pending", done, seconds=60)

    async def outcome(self, path: str) -> str:
        """Wait until the event of the server reports a path; return its outcome."""

        async def reported() -> str | None:
            states = await self.api.get("/api/states")
            events = [state["attributes"] for state in states if state["entity_id"].startswith("event.")]
            return next((event["event_type"] for event in events if event.get("path") == path), None)

        return await poll(f"an event for {path}", reported, seconds=60)


@asynccontextmanager
async def place(
    session: aiohttp.ClientSession, home: HomeAssistant, fake: PlexServer, folder: Path
) -> AsyncIterator[Environment]:
    """Run a Home Assistant that is set up."""
    async with home.running(session):
        api = await onboard(session, home.url, USER)
        entry = await api.set_up(DOMAIN, {"url": fake.url, "token": fake.token, "verify_ssl": True})
        await home.wait_until_stored(entry["entry_id"])
        yield Environment(api, fake, folder, home.webhook_id(DOMAIN))


async def test_files_reported_by_each_program_are_listed(
    session: aiohttp.ClientSession,
    home: HomeAssistant,
    fake: PlexServer,
    tmp_path: Path,
    subtests: pytest.Subtests,
) -> None:
    """What each program does when a file has come ends as an item in Plex."""
    async with place(session, home, fake, tmp_path / "tv") as here:
        ways = {"webhook": here.by_webhook, "token": here.by_token}
        for one in RUNS:
            for way, secrets in ways.items():
                with subtests.test(program=one.name, way=way):
                    await here.settled()
                    await _one_script(here, one, Sender.copied(tmp_path / "scripts" / way, one.script, **secrets))
        with subtests.test("errors"):
            await _errors(here, tmp_path / "errors")
        with subtests.test("--test"):
            await _self_test(here, tmp_path / "test")
        with subtests.test("secrets"):
            await _secrets(here, tmp_path)
        with subtests.test("curl"):
            await here.settled()
            await _plain_curl(here)
        with subtests.test("Sonarr"):
            await _sonarr(here)
        with subtests.test("Tdarr"):
            await _tdarr(here)


async def test_accepted_path_is_listed_after_a_kill(
    session: aiohttp.ClientSession, home: HomeAssistant, fake: PlexServer, tmp_path: Path
) -> None:
    """An accepted path reaches Plex even if Home Assistant is killed immediately afterwards."""
    process = await home.start(session)
    async with ending(process):
        api = await onboard(session, home.url, USER)
        entry = await api.set_up(DOMAIN, {"url": fake.url, "token": fake.token, "verify_ssl": True})
        await home.wait_until_stored(entry["entry_id"])
        here = Environment(api, fake, tmp_path / "tv", home.webhook_id(DOMAIN))
        async with session.post(f"{fake.url}/__fake__/hold", json={"gate": "scans"}, raise_for_status=True):
            path = here.new_episode()
        async with session.post(here.by_webhook["PLEX_SMART_SCAN_WEBHOOK"], json=sonarr_import(path)) as answer:
            assert (await answer.json())["accepted"] == [path]
        await process.kill()
    async with session.delete(f"{fake.url}/__fake__/hold", raise_for_status=True):
        pass
    async with ending(await home.start(session)):
        await api.wait_until_running()
        assert await here.outcome(path) in {"added", "up_to_date"}  # the killed one may have asked for the scan


async def _one_script(here: Environment, one: Run, sender: Sender) -> None:
    path = here.new_episode()
    folder = path.rpartition("/")[0]
    subject = folder if one.folder else path

    ran = await sender.run(*one.arguments(subject), **one.environment(subject))

    assert ran.code == one.code, ran.output
    assert f"accepted: {subject}\n" in ran.output
    assert await here.outcome(subject) == "added"


async def _errors(here: Environment, folder: Path) -> None:
    """What went wrong is printed, with the exit code that the program expects."""
    elsewhere = "/downloads/complete/x"
    sender = Sender.copied(folder)
    ran = await sender.run(elsewhere, **here.by_webhook)
    assert (ran.code, "looks like a download folder" in ran.output, len(ran.lines)) == (1, True, 1)
    ran = await sender.run(elsewhere, **here.by_token)
    assert (ran.code, PLEX_PATH in ran.output, len(ran.lines)) == (1, True, 1)
    ran = await sender.run(KNOWN, elsewhere, **here.by_token)
    assert ran.code == 1
    assert sender.kept() == []
    ran = await sender.run(KNOWN, **here.by_token | {"PLEX_SMART_SCAN_TOKEN": "wrong"})
    assert (ran.code, "rejected the access token" in ran.output) == (1, True)
    ran = await sender.run(KNOWN, PLEX_SMART_SCAN_WEBHOOK=f"{here.api.url}/api/webhook/wrong")
    assert (ran.code, "the webhook ID may be wrong" in ran.output) == (0, True)
    assert len(sender.kept()) == 2
    assert (await sender.run(KNOWN, **here.by_token)).code == 0
    assert sender.kept() == []


async def _self_test(here: Environment, folder: Path) -> None:
    """`--test` with both ways, and a path in a library and in none."""
    good = "OK: Home Assistant accepts notifications from this machine, and the path is in a library.\n"
    sender = Sender.copied(folder)
    for secrets in (here.by_webhook, here.by_token):
        assert await sender.run("--test", KNOWN, **secrets) == Ran(0, good)
        ran = await sender.run("--test", "/elsewhere/x.mkv", **secrets)
        assert (ran.code, PLEX_PATH in ran.output, len(ran.lines)) == (1, True, 1)
    assert (await sender.run("--test", **here.by_token | {"PLEX_SMART_SCAN_TOKEN": "wrong"})).code == 1


async def _secrets(here: Environment, tmp_path: Path) -> None:
    """Secrets and paths are never on a command line, where other users could see them; a file can contain them."""
    spy = tmp_path / "bin" / "curl"
    spy.parent.mkdir()
    seen = tmp_path / "command-lines"
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>"{seen}"\nexec {shutil.which("curl")} "$@"\n', encoding="utf-8")
    spy.chmod(0o755)
    sender = Sender.copied(tmp_path / "secrets")
    for secrets in (here.by_webhook, here.by_token):
        ran = await sender.run(KNOWN, **secrets, PATH=f"{spy.parent}:{BARE['PATH']}")
        assert ran.code == 0, ran.output
    spied = seen.read_text(encoding="utf-8")
    assert "--config" in spied
    for secret in (KNOWN, here.webhook, here.api.token):
        assert secret not in spied

    conf = sender.script.with_name("plex-smart-scan.conf")
    conf.write_text("".join(f"{name}='{value}'\n" for name, value in here.by_token.items()), encoding="utf-8")
    assert (await sender.run(KNOWN)).code == 0


async def _plain_curl(here: Environment) -> None:
    """The one-liners of the page on curl."""
    url = here.by_webhook["PLEX_SMART_SCAN_WEBHOOK"]
    for option in ("--data-urlencode", "--form-string"):
        path = here.new_episode()
        command = ["curl", "--silent", "--show-error", url, option, f"path={path}"]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=BARE)
        output, _ = await process.communicate()
        assert json.loads(output) == {"accepted": [path], "rejected": [], "ignored": None}
        assert await here.outcome(path) == "added"


async def _sonarr(here: Environment) -> None:
    """Sonarr's import, over the webhook and over the action with a header."""
    first = here.new_episode()
    async with here.api.session.post(here.by_webhook["PLEX_SMART_SCAN_WEBHOOK"], json=sonarr_import(first)) as answer:
        assert await answer.json() == {"accepted": [first], "rejected": [], "ignored": None}
    assert await here.outcome(first) == "added"

    second = here.new_episode()
    answered = await here.api.call_action(f"{DOMAIN}.process_notification", sonarr_import(second))
    assert only_result(answered)["outcome"] == "added"
    assert answered["ignored"] is None
    answered = await here.api.call_action(f"{DOMAIN}.process_notification", {"eventType": "Test", "series": {}})
    assert answered == {"results": [], "summary": {}, "ignored": "test"}


async def _tdarr(here: Environment) -> None:
    """The request that Tdarr's flow plugin makes of the page's template."""
    page = (CHECKOUT / "docs" / "downloaders" / "tdarr.md").read_text(encoding="utf-8")
    (template,) = (line for line in page.splitlines() if "args.inputFileObj._id" in line and line.startswith("{"))
    path = here.new_episode()
    body = json.loads(template.replace("{{{args.inputFileObj._id}}}", json.dumps(path)[1:-1]))
    async with here.api.session.post(here.by_webhook["PLEX_SMART_SCAN_WEBHOOK"], json=body) as answer:
        assert (await answer.json())["accepted"] == [path]
    assert await here.outcome(path) == "added"


@pytest.mark.parametrize("script", [pytest.param(path, id=path.name) for path in sorted(SCRIPTS.rglob("*.sh"))])
@pytest.mark.parametrize("shell", SHELLS)
async def test_every_shell_parses_the_scripts(shell: str, script: Path) -> None:
    """`sh -n`, and the other shells that are here."""
    process = await asyncio.create_subprocess_exec(*shell.split(), "-n", script)
    assert await process.wait() == 0
    assert os.access(script, os.X_OK)
