"""What the fake received and what its scans did: the numbers for tests and benchmarks."""

from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any


@dataclass
class RecordedRequest:
    """One request; status and size are 0 until it is answered."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    client: str
    status: int = 0
    bytes_sent: int = 0

    def matches(self, path: str, method: str | None = None) -> bool:
        """Whether the request is one of those meant."""
        return (method is None or self.method == method) and fnmatchcase(self.path, path)


@dataclass
class ScanRecord:
    """One scan that was taken from the queue; times are monotonic seconds, `folders` are those it read, in order."""

    section: int
    path: str | None
    folders_listed: int = 0
    files_examined: int = 0
    outcome: str = "running"
    began: float | None = field(default=None, compare=False)
    ended: float | None = field(default=None, compare=False)
    folders: list[str] = field(default_factory=list, compare=False)


@dataclass(frozen=True)
class ListingRecord:
    """A file that the lookups show from a moment on, new or with another size or stamp; `at` is monotonic seconds."""

    section: int
    path: str
    size: int
    at: float


@dataclass
class Stats:
    """Counters since the start or the last reset."""

    requests: list[RecordedRequest] = field(default_factory=list)
    scans: list[ScanRecord] = field(default_factory=list)
    listings: list[ListingRecord] = field(default_factory=list)

    @property
    def bytes_sent(self) -> int:
        """Bytes of all answers' bodies."""
        return sum(request.bytes_sent for request in self.requests)

    @property
    def folders_listed(self) -> int:
        """Folders listed by all scans."""
        return sum(scan.folders_listed for scan in self.scans)

    @property
    def files_examined(self) -> int:
        """Files looked at by all scans."""
        return sum(scan.files_examined for scan in self.scans)

    @property
    def tokens(self) -> set[str]:
        """The tokens that were sent, in a header or in the query; an empty one is none."""
        fields = [request.headers | request.query for request in self.requests]
        return {value for each in fields for name, value in each.items() if name.lower() == "x-plex-token" and value}

    def count(self, path: str, method: str | None = None) -> int:
        """Count requests by path pattern."""
        return sum(request.matches(path, method) for request in self.requests)

    def paths(self) -> list[str]:
        """Return the requested paths in order."""
        return [request.path for request in self.requests]

    def reset(self) -> None:
        """Forget everything."""
        self.requests.clear()
        self.scans.clear()
        self.listings.clear()

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data, without tokens."""
        return {
            "bytes_sent": self.bytes_sent,
            "folders_listed": self.folders_listed,
            "files_examined": self.files_examined,
            "scans": [asdict(scan) for scan in self.scans],
            "listings": [asdict(listing) for listing in self.listings],
            "requests": [
                {
                    "method": request.method,
                    "path": request.path,
                    "query": {k: v for k, v in request.query.items() if k != "X-Plex-Token"},
                    "status": request.status,
                    "bytes_sent": request.bytes_sent,
                }
                for request in self.requests
            ],
        }
