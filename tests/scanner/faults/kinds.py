"""The kinds of faults: how each begins and how it is mended."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.fake_plex import Fault
from tests.fake_plex.server import MACHINE_IDENTIFIER

from .scene import Scene, Stage

BROKEN_XML = '<?xml version="1.0"?><MediaContainer size="1"><Video title="Fish & Chips"></MediaContainer>'
FOREIGN_XML = '<?xml version="1.0"?><feed><title>Another program</title></feed>'
EMPTY_CONTAINER = '<?xml version="1.0"?><MediaContainer size="0" allowSync="0" title1="Plex Library"/>'
ANOTHER_SERVER = "1mp05704" * 5
SLOW = 0.4  # seconds for each answer, where answers do not come


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of fault.

    `begin` is called with what is asked of Plex at the stage, `mend` when the fault is over. `timeout` is how long an
    answer may take (seconds).
    """

    begin: Callable[[Scene, str], Awaitable[None]]
    mend: Callable[[Scene], Awaitable[None]]
    timeout: float = 20.0
    tls: bool = False
    only: Stage | None = None
    """The only stage at which it can occur; None: at every one but those in `never`."""
    never: frozenset[Stage] = frozenset({Stage.JOURNAL})


async def _clear(scene: Scene) -> None:
    scene.plex.faults.clear()


def answers(kind: str, *, timeout: float = 20.0, **fields: Any) -> Kind:
    """Return a fault that takes the place of every answer of the stage."""

    async def begin(scene: Scene, pattern: str) -> None:
        scene.add(Fault(kind, path=pattern, **fields))

    return Kind(begin=begin, mend=_clear, timeout=timeout)


def befalls(
    act: Callable[[Scene], Awaitable[None]], mend: Callable[[Scene], Awaitable[None]], *, tls: bool = False
) -> Kind:
    """Return what befalls the whole server as soon as it is asked for something of the stage."""

    async def begin(scene: Scene, pattern: str) -> None:
        if pattern == "*":
            await act(scene)
            return
        scene.add(Fault("slow", path=pattern))
        scene.acting = asyncio.create_task(_act_when_asked(scene, act))

    async def mend_after(scene: Scene) -> None:
        if scene.acting:
            await scene.acting
        await mend(scene)

    return Kind(begin=begin, mend=mend_after, tls=tls, timeout=3.0 if tls else 20.0)


async def _act_when_asked(scene: Scene, act: Callable[[Scene], Awaitable[None]]) -> None:
    await scene.met()
    await act(scene)
    scene.plex.faults.clear()


async def _stop(scene: Scene) -> None:
    await scene.plex.stop()


async def _start(scene: Scene) -> None:
    await scene.plex.start()


async def _crash(scene: Scene) -> None:
    scene.plex.crash()
    scene.plex.cut_connections()


async def _restart(scene: Scene) -> None:
    await scene.plex.restart()


async def _become_another(scene: Scene) -> None:
    scene.plex.machine_identifier = ANOTHER_SERVER
    scene.plex.cut_connections()


async def _become_itself(scene: Scene) -> None:
    scene.plex.machine_identifier = MACHINE_IDENTIFIER
    scene.plex.cut_connections()


def _present(name: str) -> Callable[[Scene], Awaitable[None]]:
    """Return what gives the server another certificate."""

    async def act(scene: Scene) -> None:
        assert scene.proxy
        await asyncio.to_thread(scene.proxy.present, scene.setting.certificates[name])

    return act


async def _kill(scene: Scene) -> None:
    """End Home Assistant's process: what the journal's file holds at this moment is left."""
    await scene.accepted.wait()
    scene.left = scene.bench.disk.copy(scene.folder / "left.db")
    await scene.bench.engine.stop()


async def _start_again(scene: Scene) -> None:
    assert scene.left
    await scene.start_engine(scene.left)


def behaves(kind: str, only: Stage) -> Kind:
    """Return a fault in what Plex does, of the scanner or the websocket."""

    async def begin(scene: Scene, _pattern: str) -> None:
        scene.add(Fault(kind))

    return Kind(begin=begin, mend=_clear, only=only)


def lasts(act: Callable[[Scene], None], mend: Callable[[Scene], None], only: Stage) -> Kind:
    """Return a state that lasts until it is mended."""

    async def begin(scene: Scene, _pattern: str) -> None:
        act(scene)

    async def end(scene: Scene) -> None:
        mend(scene)

    return Kind(begin=begin, mend=end, only=only)


def _fill_disk(scene: Scene) -> None:
    scene.bench.disk.full = True


def _empty_disk(scene: Scene) -> None:
    scene.bench.disk.full = False


KINDS: dict[str, Kind] = {
    "connection refused": befalls(_stop, _start),
    "Plex crashes": befalls(_crash, _restart),
    "connection reset": answers("disconnect"),
    "connection reset after Plex processed the request": answers("disconnect", after=True),
    "no response": answers("slow", timeout=SLOW),
    "response that stalls halfway": answers("stall", timeout=SLOW),
    "response sent byte by byte": answers("drip", timeout=SLOW),
    "response cut off": answers("cut_body"),
    "truncated XML": answers("truncated"),
    "malformed XML": answers("html", body=BROKEN_XML),
    "XML from another program": answers("html", body=FOREIGN_XML),
    "web page": answers("html"),
    "empty response": answers("empty"),
    "empty list": answers("html", body=EMPTY_CONTAINER),
    "endless response": answers("huge"),
    "gzip bomb": answers("gzip_bomb"),
    "unknown encoding": answers("encoding"),
    "redirect": answers("redirect", to="https://sign-in.invalid"),
    "400": answers("status", status=400),
    "401": answers("status", status=401),
    "403": answers("status", status=403),
    "404": answers("status", status=404),
    "405": answers("status", status=405),
    "408": answers("status", status=408),
    "413": answers("status", status=413),
    "429": answers("status", status=429),
    "429 with Retry-After": answers("status", status=429, headers={"Retry-After": "7"}),
    "498": answers("status", status=498),
    "500": answers("status", status=500),
    "502": answers("status", status=502),
    "503": answers("status", status=503),
    "504": answers("status", status=504),
    "520": answers("status", status=520),
    "starting up": answers("starting_up"),
    "another server": befalls(_become_another, _become_itself),
    "expired certificate": befalls(_present("expired"), _present("good"), tls=True),
    "certificate for another name": befalls(_present("other"), _present("good"), tls=True),
    # Before anything was asked nothing was accepted.
    "Home Assistant is killed": replace(
        befalls(_kill, _start_again), never=frozenset({Stage.JOURNAL, Stage.EVERYTHING})
    ),
    "scan lost": behaves("lost_scan", Stage.SCAN),
    "scan that never ends": lasts(
        lambda scene: scene.plex.hold_walking(), lambda scene: scene.plex.release_walking(), Stage.RUNNING
    ),
    "library drive not mounted": lasts(
        lambda scene: scene.plex.unmount(str(scene.root)), lambda scene: scene.plex.mount(str(scene.root)), Stage.MOUNT
    ),
    "websocket repeatedly disconnected": behaves("websocket_drop", Stage.WEBSOCKET),
    "malformed websocket frames": behaves("malformed_frame", Stage.WEBSOCKET),
    "silent websocket": behaves("websocket_silent", Stage.WEBSOCKET),
    "Home Assistant's disk full": lasts(_fill_disk, _empty_disk, Stage.JOURNAL),
}
