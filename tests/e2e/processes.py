"""Child processes of an end-to-end run, with separate logs."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import socket

POLL_SECONDS = 0.1


class EndToEndError(Exception):
    """Error of an end-to-end run with a message for users."""


@dataclass(frozen=True)
class Child:
    """A running (or ended) child process."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    @property
    def ended(self) -> bool:
        """Return whether the process has ended."""
        return self.process.returncode is not None

    def check(self) -> None:
        """Raise when the process is gone."""
        if self.ended:
            message = f"{self.name} ended by itself with exit code {self.process.returncode}"
            raise EndToEndError(message)

    async def stop(self, grace: float = 20.0) -> None:
        """Terminate the process, and kill it after a grace period."""
        if self.ended:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(grace):
                await self.process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End the process at once (`kill -9`): it gets no chance to write anything more."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


async def start(name: str, *command: str | Path, log: Path, cwd: Path, **env: str) -> Child:
    """Start a process whose output, both kinds, goes to `log`; a Ctrl-C in the terminal does not reach it."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=cwd,
            env={**os.environ, **env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Child(name, process, log)


@asynccontextmanager
async def ending(child: Child) -> AsyncIterator[Child]:
    """Hand out a child process and end it on the way out, whatever the way."""
    try:
        yield child
    finally:
        await child.stop()


async def poll[T](what: str, ready: Callable[[], Awaitable[T | None]], *, seconds: float) -> T:
    """Poll another process until it responds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (answer := await ready()) is None:  # noqa: ASYNC110 - no event crosses the process border
                await asyncio.sleep(POLL_SECONDS)
            return answer
    message = f"waited {seconds:g} s in vain for {what}"
    raise EndToEndError(message)


def tail(log: Path, lines: int = 40) -> str:
    """Return the last lines of a log file."""
    with log.open(encoding="utf-8", errors="replace") as file:
        return "".join(deque(file, maxlen=lines)).rstrip()


def free_port() -> int:
    """Return an unused port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def check_port(port: int) -> None:
    """Raise if a port of the loopback interface is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as err:
            message = f"port {port} of 127.0.0.1 cannot be used: {err.strerror}"
            raise EndToEndError(message) from err
