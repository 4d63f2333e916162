"""The output of the demo: numbered steps with details, in colour on a terminal."""

from dataclasses import dataclass, field
from itertools import count
import os
from typing import TextIO

BOLD, DIM, GREEN, RED = "1", "2", "32", "31"


@dataclass(frozen=True)
class Console:
    """Prints the output of the demo."""

    out: TextIO
    _steps: count[int] = field(default_factory=lambda: count(1))

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._write("")
        self._write(self._paint(BOLD, f"{next(self._steps)}. {title}"))

    def line(self, text: str) -> None:
        """Print a detail of the step."""
        self._write(f"   {text}")

    def quiet(self, text: str) -> None:
        """Print a less important detail."""
        self._write(self._paint(DIM, f"   {text}"))

    def table(self, rows: list[tuple[str, str]]) -> None:
        """Show names and values side by side."""
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            self._write(f"   {self._paint(DIM, name.ljust(width))}  {value}")

    def good(self, text: str) -> None:
        """Print the success message."""
        self._write(self._paint(GREEN, text))

    def bad(self, text: str) -> None:
        """Print the error message."""
        self._write(self._paint(RED, text))

    def log(self, name: str, text: str) -> None:
        """Show the end of a log file."""
        self._write(self._paint(DIM, f"--- the end of {name}"))
        self._write(text)

    def _paint(self, code: str, text: str) -> str:
        coloured = self.out.isatty() and "NO_COLOR" not in os.environ and text
        return f"\x1b[{code}m{text}\x1b[0m" if coloured else text

    def _write(self, text: str) -> None:
        self.out.write(f"{text}\n")
        self.out.flush()


def plural(number: int, noun: str) -> str:
    """Return `1 folder`, `2 folders`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def kilobytes(number: int) -> str:
    """Return a size as people read it."""
    return f"{number / 1000:.1f} kB"
