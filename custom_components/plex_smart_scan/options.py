"""Conversion of the options of a config entry to the settings of the engine."""

from collections.abc import Iterable, Mapping
from typing import Any

from .const import (
    CONF_DETAILED_LOGGING,
    CONF_DUPLICATE_DETECTION,
    CONF_FROM,
    CONF_LOCAL,
    CONF_PATH_MAPPINGS,
    CONF_SMART_SCANNING,
    CONF_TO,
    CONF_VALIDATE_MEDIA,
    CONF_VALIDATION_TIMEOUT,
)
from .scanner import InvalidPathError, Library, LibraryIndex, Mappings, PathMapping, Settings, readings

type Row = Mapping[str, str]


def settings_of(options: Mapping[str, Any]) -> Settings:
    """Return the settings for complete options."""
    return Settings(
        smart_scanning=options[CONF_SMART_SCANNING],
        duplicate_detection=options[CONF_DUPLICATE_DETECTION],
        validate_media=options[CONF_VALIDATE_MEDIA],
        detailed_logging=options[CONF_DETAILED_LOGGING],
        validation_timeout=float(options[CONF_VALIDATION_TIMEOUT]),
    )


def mapping_of(row: Row) -> PathMapping:
    """Return a row of the options as a path mapping. Raises InvalidPathError."""
    return PathMapping.of(row[CONF_FROM], row[CONF_TO], row.get(CONF_LOCAL))


def mappings_of(options: Mapping[str, Any]) -> Mappings:
    """Return the path mappings. Raises InvalidPathError, which the options flow prevents."""
    return Mappings(mapping_of(row) for row in options[CONF_PATH_MAPPINGS])


def rows_that_fit_nothing(rows: Iterable[Row], libraries: Iterable[Library]) -> list[Row]:
    """Return the rows whose target is neither in a location of a library nor above one."""
    locations = LibraryIndex(libraries).locations()

    def fits(row: Row) -> bool:
        targets = readings(mapping_of(row).target)
        return any(
            target.is_below(location) or location.is_below(target) for target in targets for location in locations
        )

    return [row for row in rows if not fits(row)]


def rows_of_one_source(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that map the same folder, of which only the first would apply."""
    by_source: dict[str, list[Row]] = {}
    for row in rows:
        by_source.setdefault(mapping_of(row).source.key, []).append(row)
    return [row for rivals in by_source.values() if len(rivals) > 1 for row in rivals]


def rows_with(rows: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """Return mappings with new rows at the end, replacing rows with the same source."""
    new = list(new)
    sources = {mapping_of(row).source.key for row in new}
    return [*(row for row in rows if mapping_of(row).source.key not in sources), *new]


def tidy(row: Row) -> dict[str, str]:
    """Return a row without empty columns."""
    return {key: value.strip() for key, value in row.items() if value and value.strip()}


def is_valid(row: Row) -> bool:
    """Return whether a row is a valid mapping."""
    try:
        mapping_of(row)
    except InvalidPathError, KeyError:
        return False
    return True


def listed(rows: list[Row]) -> str:
    """Return the rows as one line of text."""
    return ", ".join(f"{row.get(CONF_FROM, '')} → {row.get(CONF_TO, '')}" for row in rows)
