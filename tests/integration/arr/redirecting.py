"""A web server that redirects all requests, like a proxy from http to https."""

from typing import Self

from aiohttp import web


class Redirecting:
    """Context manager that listens on 127.0.0.1."""

    def __init__(self, target: str) -> None:
        """Store the target."""
        self._target = target
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def _handle(self, request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": f"{self._target}{request.path_qs}"})

    async def __aenter__(self) -> Self:
        """Listen."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Stop."""
        if self._runner:
            await self._runner.cleanup()
