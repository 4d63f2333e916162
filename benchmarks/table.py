"""Tables on the terminal, with the promises beside the measurements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import override


@dataclass
class Table:
    """One result: rows and columns, and whether the promises are kept."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    targets: list[tuple[str, str, str, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row."""
        self.rows.append([str(cell) for cell in cells])

    def promise(self, what: str, target: str, measured: str, *, kept: bool) -> None:
        """Set a promise beside what was measured."""
        self.targets.append((what, target, measured, kept))

    @override
    def __str__(self) -> str:
        """Show it as Markdown."""
        parts = [f"## {self.title}", "", *_slots(self.columns, self.rows)]
        if self.targets:
            marks = [(what, target, measured, "yes" if kept else "NO") for what, target, measured, kept in self.targets]
            parts += ["", *_slots(("promise", "target", "measured", "kept"), marks)]
        return "\n".join([*parts, *(f"\n{note}" for note in self.notes), ""])


def _slots(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in [columns, *rows]) for at in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
        padded[0] = cells[0].ljust(widths[0])
        return f"| {' | '.join(padded)} |"

    return [line(columns), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)]


def duration(seconds: float) -> str:
    """Write a time with the unit that fits."""
    for factor, unit in ((1e6, "µs"), (1e3, "ms")):
        if seconds * factor < 1000:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds:.3g} s"


def size(count: float) -> str:
    """Write a number of bytes with the unit that fits."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def spread(seconds: Sequence[float]) -> str:
    """Write a median, with the slowest of ten beside it."""
    ordered = sorted(seconds)
    return f"{duration(median(ordered))} (90 %: {duration(ordered[int(len(ordered) * 0.9)])})"


def times(ours: float, theirs: float) -> str:
    """Write how many times more the alternative takes."""
    return f"{theirs / ours:,.3g} x" if ours else "-"
