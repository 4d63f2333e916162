"""The download clients: how each is configured, started and given something to download.

All listen on the loopback interface only, keep everything below one folder and run the script that its page documents.
"""

from abc import ABC, abstractmethod
from base64 import b64encode
import json
from pathlib import Path
import shutil
from typing import Any, ClassVar, override

import aiohttp

from tests.e2e.processes import Child, free_port, poll, start

from .usenet import NewsServer


class Client(ABC):
    """A client with a folder of its own; `complete` is where its downloads end."""

    name: ClassVar[str]
    program: ClassVar[str]
    script: ClassVar[str]

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        """Make the folder."""
        self.folder = folder
        self.session = session
        self.port = free_port()
        self.child: Child | None = None
        self.complete = folder / "complete"
        self.complete.mkdir(parents=True)

    @classmethod
    def missing(cls) -> str | None:
        """Return which program is missing, if any."""
        return None if shutil.which(cls.program) else cls.program

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self.port}"

    async def run(self, *command: str | Path, **env: str) -> Child:
        """Start the program."""
        log = self.folder / "log"
        env = {"HOME": str(self.folder), "LC_ALL": "C.UTF-8", **env}
        self.child = await start(self.name, *command, log=log, cwd=self.folder, **env)
        return self.child

    async def stop(self) -> None:
        """End the program, also one whose start failed half-way."""
        if self.child:
            await self.child.stop()

    async def until_ready(self, child: Child, path: str = "/") -> None:
        """Wait until the API answers."""

        async def ready() -> bool | None:
            child.check()
            try:
                async with self.session.get(f"{self.url}{path}"):
                    return True
            except aiohttp.ClientConnectionError:
                return None

        await poll(f"{self.name}'s start", ready, seconds=60)

    @abstractmethod
    async def start(self, script: Path) -> Child:
        """Configure and start the client."""

    @abstractmethod
    async def add(self, name: str, data: bytes) -> None:
        """Give it a torrent or an NZB."""


class QBittorrent(Client):
    """qBittorrent without a window; its API needs no password from this machine."""

    name, program, script = "qBittorrent", "qbittorrent-nox", "qbittorrent.sh"

    @override
    async def start(self, script: Path) -> Child:
        config = self.folder / "profile" / "qBittorrent" / "config" / "qBittorrent.conf"
        config.parent.mkdir(parents=True)
        command = f'{script} \\"%F\\"'
        config.write_text(
            f"[LegalNotice]\nAccepted=true\n[AutoRun]\nenabled=true\nprogram={command}\n"
            f"[BitTorrent]\nSession\\DefaultSavePath={self.complete}\nSession\\DHTEnabled=false\nSession\\LSDEnabled=false\n"
            f"Session\\Port={free_port()}\nSession\\InterfaceAddress=127.0.0.1\n"
            f"[Preferences]\nWebUI\\Address=127.0.0.1\nWebUI\\Port={self.port}\nWebUI\\LocalHostAuth=false\n"
            "WebUI\\UseUPnP=false\nConnection\\UPnP=false\n",
            encoding="utf-8",
        )
        child = await self.run(self.program, f"--profile={self.folder / 'profile'}")
        await self.until_ready(child)
        return child

    @override
    async def add(self, name: str, data: bytes) -> None:
        form = aiohttp.FormData()
        form.add_field("torrents", data, filename="a.torrent", content_type="application/x-bittorrent")
        form.add_field("savepath", str(self.complete))
        async with self.session.post(f"{self.url}/api/v2/torrents/add", data=form, raise_for_status=True) as answer:
            assert await answer.text() == "Ok."


class Transmission(Client):
    """Transmission's daemon."""

    name, program, script = "Transmission", "transmission-daemon", "transmission.sh"
    _session_id = ""

    @override
    async def start(self, script: Path) -> Child:
        settings = {
            "bind-address-ipv4": "127.0.0.1",
            "bind-address-ipv6": "::1",
            "dht-enabled": False,
            "download-dir": str(self.complete),
            "lpd-enabled": False,
            "peer-port": free_port(),
            "pex-enabled": False,
            "port-forwarding-enabled": False,
            "rpc-authentication-required": False,
            "rpc-bind-address": "127.0.0.1",
            "rpc-port": self.port,
            "script-torrent-done-enabled": True,
            "script-torrent-done-filename": str(script),
            "utp-enabled": False,
        }
        (self.folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        child = await self.run(self.program, "--foreground", "--config-dir", self.folder)
        await self.until_ready(child)
        return child

    @override
    async def add(self, name: str, data: bytes) -> None:
        body = {"method": "torrent-add", "arguments": {"metainfo": b64encode(data).decode()}}
        for _ in range(2):
            headers = {"X-Transmission-Session-Id": self._session_id}
            async with self.session.post(f"{self.url}/transmission/rpc", json=body, headers=headers) as answer:
                if answer.status == 409:
                    self._session_id = answer.headers["X-Transmission-Session-Id"]
                    continue
                assert (await answer.json(content_type=None))["result"] == "success"


class Deluge(Client):
    """Deluge's daemon with its Execute plugin; AutoAdd watches a folder, since the daemon's API is its own protocol."""

    name, program, script = "Deluge", "deluged", "deluge.sh"

    @override
    async def start(self, script: Path) -> Child:
        watched = self.folder / "watched"
        watched.mkdir()
        self._write("core", {
            "daemon_port": self.port, "allow_remote": False, "dht": False, "lsd": False, "upnp": False, "natpmp": False,
            "utpex": False, "listen_interface": "127.0.0.1", "random_port": True,
            "download_location": str(self.complete),
            "enabled_plugins": ["Execute", "AutoAdd"], "new_release_check": False,
        })  # fmt: skip
        self._write("execute", {"commands": [["c0ffee", "complete", str(script)]]})
        watch = {"enabled": True, "path": str(watched), "abspath": str(watched), "append_extension_toggle": False}
        self._write("autoadd", {"watchdirs": {"1": watch}, "next_id": 2})
        child = await self.run(
            self.program, "--do-not-daemonize", "--config", self.folder, "--port", str(self.port), "--ui-interface",
            "127.0.0.1", "--interface", "127.0.0.1", "--loglevel", "error",  # Debian 12's cannot log anything less
        )  # fmt: skip

        async def ready() -> bool | None:
            child.check()
            return True if (self.folder / "deluged.pid").exists() else None

        await poll("Deluge's start", ready, seconds=60)
        return child

    def _write(self, name: str, settings: dict[str, Any]) -> None:
        text = json.dumps({"file": 1, "format": 1}) + json.dumps(settings)
        (self.folder / f"{name}.conf").write_text(text, encoding="utf-8")

    @override
    async def add(self, name: str, data: bytes) -> None:
        whole = self.folder / "new"
        whole.write_bytes(data)
        whole.rename(self.folder / "watched" / f"{len(name)}-{abs(hash(name))}.torrent")


class UsenetClient(Client):
    """A client that downloads from a news server."""

    news: NewsServer


class Nzbget(UsenetClient):
    """NZBGet, with the script chosen for one category."""

    name, program, script = "NZBGet", "nzbget", "nzbget.sh"

    @override
    async def start(self, script: Path) -> Child:
        options = {
            "MainDir": self.folder, "DestDir": self.complete, "InterDir": self.folder / "intermediate",
            "QueueDir": self.folder / "queue", "TempDir": self.folder / "tmp", "NzbDir": self.folder / "nzb",
            "ScriptDir": script.parent, "LogFile": self.folder / "nzbget.log", "LockFile": self.folder / "lock",
            "WebDir": "", "ControlIP": "127.0.0.1", "ControlPort": self.port, "ControlUsername": "test",
            "ControlPassword": "test", "Server1.Active": "yes", "Server1.Host": "127.0.0.1",
            "Server1.Port": self.news.port, "Server1.Connections": 1, "Server1.Encryption": "no",
            "Category1.Name": "tv", "Category1.Extensions": script.name, "Unpack": "no", "ParCheck": "manual",
            "OutputMode": "log", "DiskSpace": 0, "UpdateCheck": "none",
        }  # fmt: skip
        config = self.folder / "nzbget.conf"
        config.write_text("".join(f"{key}={value}\n" for key, value in options.items()), encoding="utf-8")
        child = await self.run(self.program, "--server", "--configfile", config)
        await self.until_ready(child)
        return child

    async def call(self, method: str, *arguments: object) -> Any:
        """Call its JSON-RPC."""
        body = {"method": method, "params": list(arguments)}
        # NZBGet 21 takes the escapes of JSON for Latin-1.
        data = json.dumps(body, ensure_ascii=False).encode()
        async with self.session.post(f"{self.url}/test:test/jsonrpc", data=data, raise_for_status=True) as answer:
            return (await answer.json(content_type=None))["result"]

    @override
    async def add(self, name: str, data: bytes) -> None:
        content = b64encode(data).decode()
        added = await self.call("append", f"{name}.nzb", content, "tv", 0, False, False, "", 0, "FORCE", [])
        assert added > 0


class Sabnzbd(UsenetClient):
    """SABnzbd, with the script chosen for one category."""

    name, program, script = "SABnzbd", "sabnzbdplus", "sabnzbd.sh"

    @override
    async def start(self, script: Path) -> Child:
        config = self.folder / "sabnzbd.ini"
        config.write_text(
            "__version__ = 19\n__encoding__ = utf-8\n"
            f"[misc]\nhost = 127.0.0.1\nport = {self.port}\napi_key = {'a' * 32}\n"
            f"nzb_key = {'b' * 32}\ndownload_dir = {self.folder / 'incomplete'}\ncomplete_dir = {self.complete}\n"
            f"script_dir = {script.parent}\nauto_browser = 0\ncheck_new_rel = 0\nenable_https = 0\nlanguage = en\n"
            f"[servers]\n[[news]]\nname = news\ndisplayname = news\nhost = 127.0.0.1\nport = {self.news.port}\n"
            "connections = 1\nssl = 0\nenable = 1\n[categories]\n"
            '[[*]]\nname = *\norder = 0\npp = 3\nscript = None\ndir = ""\npriority = 0\n'
            f"[[tv]]\nname = tv\norder = 1\npp = 3\nscript = {script.name}\ndir = tv\npriority = -100\n",
            encoding="utf-8",
        )
        child = await self.run(self.program, "--config-file", config, "--browser", "0", "--logging", "1")
        await self.until_ready(child, "/api?mode=version")
        return child

    async def call(self, mode: str, **arguments: str) -> Any:
        """Call its API."""
        query = {"mode": mode, "output": "json", "apikey": "a" * 32, **arguments}
        async with self.session.get(f"{self.url}/api", params=query, raise_for_status=True) as answer:
            return await answer.json(content_type=None)

    @override
    async def add(self, name: str, data: bytes) -> None:
        form = aiohttp.FormData({"mode": "addfile", "output": "json", "apikey": "a" * 32, "cat": "tv", "nzbname": name})
        form.add_field("name", data, filename="a.nzb", content_type="application/x-nzb")
        async with self.session.post(f"{self.url}/api", data=form, raise_for_status=True) as answer:
            assert (await answer.json(content_type=None))["status"] is True
