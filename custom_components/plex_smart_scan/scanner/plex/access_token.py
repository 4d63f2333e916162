"""How to reach a server: its URL and its access token, which is kept out of every text."""

from dataclasses import dataclass
from typing import override


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach a server. The token is kept out of every text."""

    url: str
    token: str
    verify_ssl: bool = True
    machine_identifier: str | None = None  # of the server that may get the token; None: whichever answers first

    @override
    def __repr__(self) -> str:
        """Show where, never with what."""
        return f"Access(url={self.url!r})"
