"""How to reach a server: its URL and its access token, which no text contains."""

from dataclasses import dataclass
from typing import override


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The URL and the access token of a server. Its `repr` contains neither the token nor other secrets."""

    url: str
    token: str
    verify_ssl: bool = True
    machine_identifier: str | None = None
    """The server that may receive the token; None: the one that responds first."""

    @override
    def __repr__(self) -> str:
        """Show the URL without the token."""
        return f"Access(url={self.url!r})"
