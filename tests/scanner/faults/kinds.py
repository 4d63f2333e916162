"""The kinds of faults: how each begins and how it ends."""

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
SLOW = 0.4  # the request timeout in seconds for responses that do not arrive


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of fault.

    `begin` is called with the pattern of the requests of the stage, `recover` at the end. `timeout` is the request
    timeout in seconds.
    """

    begin: Callable[[Scene, str], Awaitable[None]]
    recover: Callable[[Scene], Awaitable[None]]
    timeout: float = 20.0
    tls: bool = False
    only: Stage | None = None
    """The only stage at which the fault can occur; None if it can occur at all stages except `never`."""
    never: frozenset[Stage] = frozenset({Stage.JOURNAL})


async def _clear(scene: Scene) -> None:
    scene.plex.faults.clear()


def response_fault(kind: str, *, timeout: float = 20.0, **fields: Any) -> Kind:
    """Return a fault that replaces every response to a request of the stage."""

    async def begin(scene: Scene, pattern: str) -> None:
        scene.add(Fault(kind, path=pattern, **fields))

    return Kind(begin=begin, recover=_clear, timeout=timeout)


def server_fault(
    act: Callable[[Scene], Awaitable[None]], recover: Callable[[Scene], Awaitable[None]], *, tls: bool = False
) -> Kind:
    """Return a fault of the whole server that begins with the first request of the stage."""

    async def begin(scene: Scene, pattern: str) -> None:
        if pattern == "*":
            await act(scene)
            return
        scene.add(Fault("slow", path=pattern))
        scene.action = asyncio.create_task(_act_on_request(scene, act))

    async def recover_after_action(scene: Scene) -> None:
        if scene.action:
            await scene.action
        await recover(scene)

    return Kind(begin=begin, recover=recover_after_action, tls=tls, timeout=3.0 if tls else 20.0)


async def _act_on_request(scene: Scene, act: Callable[[Scene], Awaitable[None]]) -> None:
    await scene.wait_for_hit()
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


async def _use_another_identifier(scene: Scene) -> None:
    scene.plex.machine_identifier = ANOTHER_SERVER
    scene.plex.cut_connections()


async def _restore_identifier(scene: Scene) -> None:
    scene.plex.machine_identifier = MACHINE_IDENTIFIER
    scene.plex.cut_connections()


def _use_certificate(name: str) -> Callable[[Scene], Awaitable[None]]:
    """Return a function that replaces the certificate of the server."""

    async def act(scene: Scene) -> None:
        assert scene.proxy
        await asyncio.to_thread(scene.proxy.present, scene.setting.certificates[name])

    return act


async def _kill(scene: Scene) -> None:
    """Stop the engine and keep a copy of the journal as a killed process would leave it."""
    await scene.accepted.wait()
    scene.crash_copy = scene.bench.disk.copy(scene.folder / "left.db")
    await scene.bench.engine.stop()


async def _start_again(scene: Scene) -> None:
    assert scene.crash_copy
    await scene.start_engine(scene.crash_copy)


def plex_fault(kind: str, only: Stage) -> Kind:
    """Return a fault of Plex's scanner or websocket."""

    async def begin(scene: Scene, _pattern: str) -> None:
        scene.add(Fault(kind))

    return Kind(begin=begin, recover=_clear, only=only)


def lasting_fault(act: Callable[[Scene], None], recover: Callable[[Scene], None], only: Stage) -> Kind:
    """Return a state that lasts until it is ended."""

    async def begin(scene: Scene, _pattern: str) -> None:
        act(scene)

    async def end(scene: Scene) -> None:
        recover(scene)

    return Kind(begin=begin, recover=end, only=only)


def _fill_disk(scene: Scene) -> None:
    scene.bench.disk.full = True


def _empty_disk(scene: Scene) -> None:
    scene.bench.disk.full = False


KINDS: dict[str, Kind] = {
    "connection refused": server_fault(_stop, _start),
    "Plex crashes": server_fault(_crash, _restart),
    "connection reset": response_fault("disconnect"),
    "connection reset after Plex processed the request": response_fault("disconnect", after=True),
    "no response": response_fault("slow", timeout=SLOW),
    "response that stalls halfway": response_fault("stall", timeout=SLOW),
    "response sent byte by byte": response_fault("drip", timeout=SLOW),
    "response cut off": response_fault("cut_body"),
    "truncated XML": response_fault("truncated"),
    "malformed XML": response_fault("html", body=BROKEN_XML),
    "XML from another program": response_fault("html", body=FOREIGN_XML),
    "web page": response_fault("html"),
    "empty response": response_fault("empty"),
    "empty list": response_fault("html", body=EMPTY_CONTAINER),
    "endless response": response_fault("huge"),
    "gzip bomb": response_fault("gzip_bomb"),
    "unknown encoding": response_fault("encoding"),
    "redirect": response_fault("redirect", to="https://sign-in.invalid"),
    "400": response_fault("status", status=400),
    "401": response_fault("status", status=401),
    "403": response_fault("status", status=403),
    "404": response_fault("status", status=404),
    "405": response_fault("status", status=405),
    "408": response_fault("status", status=408),
    "413": response_fault("status", status=413),
    "429": response_fault("status", status=429),
    "429 with Retry-After": response_fault("status", status=429, headers={"Retry-After": "7"}),
    "498": response_fault("status", status=498),
    "500": response_fault("status", status=500),
    "502": response_fault("status", status=502),
    "503": response_fault("status", status=503),
    "504": response_fault("status", status=504),
    "520": response_fault("status", status=520),
    "starting up": response_fault("starting_up"),
    "another server": server_fault(_use_another_identifier, _restore_identifier),
    "expired certificate": server_fault(_use_certificate("expired"), _use_certificate("good"), tls=True),
    "certificate for another name": server_fault(_use_certificate("other"), _use_certificate("good"), tls=True),
    # Without a request of the stage, nothing is accepted that could be lost.
    "Home Assistant is killed": replace(
        server_fault(_kill, _start_again), never=frozenset({Stage.JOURNAL, Stage.EVERYTHING})
    ),
    "scan lost": plex_fault("lost_scan", Stage.SCAN),
    "scan that never ends": lasting_fault(
        lambda scene: scene.plex.hold_walking(), lambda scene: scene.plex.release_walking(), Stage.RUNNING
    ),
    "library drive not mounted": lasting_fault(
        lambda scene: scene.plex.unmount(str(scene.root)), lambda scene: scene.plex.mount(str(scene.root)), Stage.MOUNT
    ),
    "websocket repeatedly disconnected": plex_fault("websocket_drop", Stage.WEBSOCKET),
    "malformed websocket frames": plex_fault("malformed_frame", Stage.WEBSOCKET),
    "silent websocket": plex_fault("websocket_silent", Stage.WEBSOCKET),
    "Home Assistant's disk full": lasting_fault(_fill_disk, _empty_disk, Stage.JOURNAL),
}
