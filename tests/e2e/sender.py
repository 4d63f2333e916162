"""The scripts of docs/downloaders, run as programs run them: in a folder of their own, with a bare environment."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
import os
from pathlib import Path
import shutil
import subprocess

from tests.e2e.home_assistant import CHECKOUT

SCRIPTS = CHECKOUT / "docs" / "downloaders" / "scripts"
SHELLS = [shell for shell in ("sh", "dash", "bash --posix", "busybox sh") if shutil.which(shell.split(maxsplit=1)[0])]
# What a daemon usually leaves its scripts. No background process outlives a test that does not ask for one.
BARE = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PLEX_SMART_SCAN_RETRY_FOR": "0"}
# The programs that a script needs; a small system has neither flock nor setsid.
_TOOLS = (
    "sh awk cat cksum cut curl date dirname find grep head id ls mkdir mv od paste readlink rm rmdir sed sleep tail "
    "touch tr wc"
)


@dataclass(frozen=True)
class Ran:
    """A script that has ended."""

    code: int
    output: str

    @property
    def lines(self) -> list[str]:
        """What it printed, both kinds."""
        return self.output.splitlines()


@dataclass(frozen=True)
class Sender:
    """One script in a folder of its own, where it keeps its spool file."""

    script: Path
    interpreter: str = "dash" if shutil.which("dash") else "sh"
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def copied(cls, folder: Path, script: str = "plex-smart-scan.sh", **environment: str) -> Sender:
        """Copy one script, alone, into a folder."""
        copy = folder / script.replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(SCRIPTS / script, copy)
        return cls(copy, environment=environment)

    @property
    def spool(self) -> Path:
        """Where the script keeps what it could not deliver."""
        return self.script.with_name(f"{self.script.name}.spool")

    def kept(self) -> list[str]:
        """Return the lines of the spool file."""
        return self.spool.read_text(encoding="utf-8").splitlines() if self.spool.exists() else []

    async def start(self, *arguments: str, user: int | None = None, **environment: str) -> asyncio.subprocess.Process:
        """Start the script under the strictest shell there is, as another user if one is given."""
        name, *options = self.interpreter.split()
        found = shutil.which(name)
        assert found, f"{name} is missing here"
        return await asyncio.create_subprocess_exec(
            found,
            *options,
            self.script,
            *arguments,
            user=user,
            env=BARE | dict(self.environment) | environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def run(self, *arguments: str, **environment: str) -> Ran:
        """Run the script to its end."""
        process = await self.start(*arguments, user=None, **environment)
        output, _ = await process.communicate()
        assert process.returncode is not None
        return Ran(process.returncode, output.decode())


def small_system(folder: Path, without: str = "") -> str:
    """Make a folder with the few programs that every system has, all or all but one; return it as a PATH."""
    folder.mkdir()
    for tool in set(_TOOLS.split()) - {without}:
        found = shutil.which(tool)
        assert found, f"{tool} is missing here"
        (folder / tool).symlink_to(found)
    return str(folder)


def busybox_system(folder: Path) -> str:
    """Make a folder with BusyBox's programs and curl, as in a small container; return it as a PATH."""
    busybox, curl = shutil.which("busybox"), shutil.which("curl")
    assert busybox
    assert curl
    folder.mkdir()
    (folder / "curl").symlink_to(curl)
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
    for tool in (*_TOOLS.split(), "flock", "setsid"):
        if tool in applets:
            (folder / tool).symlink_to(busybox)
    return str(folder)
