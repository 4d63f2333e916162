"""Reading real folders as the scanner does: list them, skip what is ignored, stat the rest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
import os
from pathlib import Path

from tests.fake_plex.ignoring import IgnoreRules, ignored_file, ignored_folder
from tests.fake_plex.models import FakeLibrary, FoundFile, Location


@dataclass(slots=True)
class Listing:
    """One folder that was listed."""

    path: str
    names: tuple[str, ...]
    mtime_ns: int
    files: list[FoundFile] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    examined: int = 0
    unchanged: bool = False
    failed: bool = False


def rules_above(location: Location, names: tuple[str, ...], library_type: str) -> IgnoreRules | None:
    """Return the rules in force in a folder; none at all when the folder itself is ignored."""
    rules = IgnoreRules().within(location.real, ())
    for depth, name in enumerate(names, start=1):
        if ignored_folder(name, library_type, at_the_top=depth == 1) or rules.match(names[:depth]):
            return None
        if depth < len(names):
            rules = rules.within(location.real.joinpath(*names[:depth]), names[:depth])
    return rules


def walk(
    library: FakeLibrary,
    location: Location,
    names: tuple[str, ...],
    *,
    is_unchanged: Callable[[str, int], bool],
) -> Iterator[Listing]:
    """List a folder and all below it, top down."""
    rules = rules_above(location, names, library.type)
    if rules is None:
        return
    waiting: list[tuple[tuple[str, ...], IgnoreRules]] = [(names, rules)]
    while waiting:
        here, rules = waiting.pop()
        listing, rules = _list(library, location, here, rules, is_unchanged)
        waiting.extend(((*here, name), rules) for name in reversed(listing.folders))
        yield listing


def _list(
    library: FakeLibrary,
    location: Location,
    names: tuple[str, ...],
    rules: IgnoreRules,
    is_unchanged: Callable[[str, int], bool],
) -> tuple[Listing, IgnoreRules]:
    real = location.real.joinpath(*names)
    join = location.flavour.join
    path = join(location.path, *names) if names else location.path
    listing = Listing(path, names, 0)
    try:
        listing.mtime_ns = real.stat().st_mtime_ns
        listing.unchanged = is_unchanged(path, listing.mtime_ns)
        if names:  # the location's own rules are in already
            rules = rules.within(real, names)
        with os.scandir(real) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                _look_at(entry, library.type, rules, listing)
    except OSError:
        listing.failed = True
    return listing, rules


def _look_at(entry: os.DirEntry[str], library_type: str, rules: IgnoreRules, listing: Listing) -> None:
    if entry.name.startswith(".") or (rules.patterns and rules.match((*listing.names, entry.name))):
        return
    if entry.is_dir():
        if not ignored_folder(entry.name, library_type, at_the_top=not listing.names):
            listing.folders.append(entry.name)
    elif not listing.unchanged:
        listing.examined += 1
        try:
            stat = entry.stat()
        except FileNotFoundError:  # gone since the listing, or a dangling link
            return
        if not ignored_file(entry.name, stat.st_size, library_type):
            listing.files.append(FoundFile(Path(entry.path), stat.st_size, stat.st_mtime_ns))
