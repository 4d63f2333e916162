"""A simulated Home Assistant that is unreachable, starting, working or slow, as configured by the test."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from ssl import SSLContext
from typing import Any

from aiohttp import web

from tests.e2e.processes import free_port

WEBHOOK_ID = "webhook-5ec2e75ec2e7"


class Behaviour(Enum):
    """Kinds of responses."""

    STARTING = auto()  # an empty 200, as Home Assistant does before the webhook is registered
    WORKING = auto()
    REJECTING = auto()  # every path, with a reason
    UNREADABLE = auto()  # 400 to a request with more than one path: one of them cannot be read
    FAILING = auto()  # 500 to every request that names a path with "poison" in it
    STUCK = auto()  # it never answers
    PROXY = auto()  # 502, with the requested URL in the answer


@dataclass
class StandIn:
    """The received requests and the kind of response."""

    port: int = field(default_factory=free_port)
    ssl: SSLContext | None = None
    behaviour: Behaviour = Behaviour.WORKING
    accepted: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    requests: int = 0
    most_at_once: int = 0
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    _at_once: int = 0
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it is, or would be."""
        return f"{'https' if self.ssl else 'http'}://127.0.0.1:{self.port}"

    @property
    def webhook(self) -> str:
        """The URL of its webhook."""
        return f"{self.url}/api/webhook/{WEBHOOK_ID}"

    async def start(self, behaviour: Behaviour = Behaviour.WORKING) -> None:
        """Become reachable."""
        self.behaviour = behaviour
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self.ssl, reuse_address=True).start()

    async def stop(self) -> None:
        """Become unreachable; requests under way break off."""
        if self._runner:
            self._stopping.set()
            await self._runner.cleanup()
            self._runner = None
            self._stopping.clear()

    async def wait_for(self, paths: int) -> None:
        """Return once so many different paths were accepted."""
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: len(self.accepted) >= paths)

    async def wait_for_requests(self, number: int) -> None:
        """Return once so many requests have arrived, whatever became of them."""
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: self.requests >= number)

    async def _answer(self, request: web.Request) -> web.Response:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            body = await request.json() if request.can_read_body else {}
            self.requests += 1
            answer = await self._judge(request, body)
        finally:
            self._at_once -= 1
        async with self._changed:
            self._changed.notify_all()
        return answer

    async def _judge(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        paths = body.get("paths", [])
        if self.behaviour is Behaviour.STUCK:
            self.entered.set()
            await self._stopping.wait()
            if request.transport:
                request.transport.abort()
            raise ConnectionResetError
        if self.behaviour is Behaviour.FAILING and any("poison" in each for each in paths):
            return web.Response(status=500)
        if self.behaviour is Behaviour.PROXY:
            return web.Response(text=f"cannot reach {request.url}", status=502)
        if self.behaviour is Behaviour.STARTING or not request.path.endswith(WEBHOOK_ID):
            return web.Response()
        answer = {"accepted": paths, "rejected": [], "ignored": "test" if "eventType" in body else None}
        if self.behaviour is Behaviour.UNREADABLE and len(paths) > 1:
            return web.json_response({**answer, "accepted": [], "reason": "One path is unreadable"}, status=400)
        if self.behaviour is Behaviour.REJECTING:
            rejected = [{"path": path, "reason": f"“{path}” is in no library"} for path in paths]
            return web.json_response({**answer, "accepted": [], "rejected": rejected})
        self.accepted.update(paths)
        self.order += paths
        return web.json_response(answer)


@asynccontextmanager
async def stand_in(
    behaviour: Behaviour | None = Behaviour.WORKING, ssl: SSLContext | None = None
) -> AsyncIterator[StandIn]:
    """Hand out a stand-in, unreachable at first with `behaviour` None, and stop it on the way out."""
    home = StandIn(ssl=ssl)
    if behaviour:
        await home.start(behaviour)
    try:
        yield home
    finally:
        await home.stop()
