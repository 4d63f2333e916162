"""The fault matrix as the table in docs/reliability.md."""

from pathlib import Path
from typing import Final

from .kinds import KINDS
from .matrix import (
    ADDED,
    CANNOT_OCCUR,
    FORBIDDEN,
    GIVEN_UP,
    IGNORED,
    KILLED,
    MOUNT_MISSING,
    NOT_ACCEPTED,
    NOT_OBSERVED,
    OUTCOMES,
    REFUSED,
    RUNS,
    SCANNED,
    TIME_OVER,
    UPDATED,
    WAITS,
    WAITS_FOR_TOKEN,
    WIDER,
)
from .scene import Stage
from .stages import APPROACHES

DOCUMENT: Final = Path(__file__).parents[3] / "docs/reliability.md"
BEGIN: Final = "<!-- The fault matrix: written by `python -m tests.scanner.faults`, do not edit. -->"
END: Final = "<!-- The end of the fault matrix. -->"
WIDE: Final = " ⁺"

WORDS: Final = {
    WAITS: "waits",
    WAITS_FOR_TOKEN: "token",
    ADDED: "no effect",
    UPDATED: "no effect",
    GIVEN_UP: "error",
    REFUSED: "refused",
    FORBIDDEN: "forbidden",
    SCANNED: "scanned",
    NOT_OBSERVED: "unseen",
    IGNORED: "ignored",
    TIME_OVER: "timeout",
    RUNS: "runs",
    MOUNT_MISSING: "mount",
    KILLED: "kept",
    NOT_ACCEPTED: "not accepted",
    CANNOT_OCCUR: "–",
}
MEANINGS: Final = {
    WAITS: "`pending` with `server_offline`, however long it takes",
    WAITS_FOR_TOKEN: "`pending` with `not_authorized`; the user is asked to reauthenticate",
    RUNS: "`pending` with `waiting`, as long as the scan runs",
    MOUNT_MISSING: "`pending` with `mount_missing`; nothing is scanned",
    KILLED: "saved on disk, and continued at the next start",
    ADDED: "`added` or `updated`, as without the fault",
    GIVEN_UP: "`failed` with `server_error`, after seven attempts in about four minutes",
    REFUSED: "`failed` with `bad_request`",
    FORBIDDEN: "`failed` with `permission`, and a repair issue",
    SCANNED: "`scanned`: the folder was scanned, but nothing shows that the item was refreshed",
    NOT_OBSERVED: "`not_found` with `not_visible_to_plex`, which is what Plex reports",
    IGNORED: "`not_found` with `ignored_by_plex`: Plex sees the file but does not list it",
    TIME_OVER: "`not_found` with `timeout`, after the validation timeout",
    NOT_ACCEPTED: "the caller receives an error; nothing is accepted",
    CANNOT_OCCUR: "cannot occur at this stage",
}
BY_ITSELF: Final = (WAITS, WAITS_FOR_TOKEN, RUNS, MOUNT_MISSING, KILLED)


def table() -> str:
    """Return the section between the two markers."""
    return "\n".join([BEGIN, "", *_stages(), "", *_meanings(), "", *_matrix(), "", END])


def _stages() -> list[str]:
    return [
        "| stage | what Plex is asked |",
        "|---|---|",
        *(f"| {stage} | {APPROACHES[stage].asks} |" for stage in Stage),
    ]


def _meanings() -> list[str]:
    lines = ["| result | during the fault | after the fault |", "|---|---|---|"]
    for outcome, meaning in MEANINGS.items():
        after = "continues automatically" if outcome in BY_ITSELF else "the next request for the path succeeds"
        if outcome in {ADDED, CANNOT_OCCUR}:
            after = "–"
        lines.append(f"| {WORDS[outcome]} | {meaning} | {after} |")
    return lines


def _matrix() -> list[str]:
    rows: dict[tuple[str, ...], list[str]] = {}
    for kind in KINDS:
        cells = tuple(WORDS[OUTCOMES[kind][stage]] + WIDE * ((kind, stage) in WIDER) for stage in Stage)
        rows.setdefault(cells, []).append(kind)
    return [
        f"| fault | {' | '.join(Stage)} |",
        "|---" * (len(Stage) + 1) + "|",
        *(f"| {', '.join(kinds)} | {' | '.join(cells)} |" for cells, kinds in rows.items()),
    ]


def updated(text: str) -> str:
    """Return the document with the section as it should be. Raises ValueError if the markers are missing."""
    before, after = text.index(BEGIN), text.index(END) + len(END)
    return text[:before] + table() + text[after:]
