"""Checks the files of the integration like hassfest, which is not available as a package.

Every check takes the integration's folder and yields what is wrong there, as sentences.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from .code import check_code
from .display import check_actions, check_entities, check_icons
from .flows import check_downloader_flow, check_fields, check_flows
from .messages import (
    check_computed_exceptions,
    check_exceptions,
    check_issue_placeholders,
    check_issues,
    check_languages,
    check_results,
    check_unmixed,
)
from .metadata import check_categories, check_dependencies, check_icon, check_manifest, check_quality_scale
from .reading import Problems, english, read_json

__all__ = ["english", "problems", "read_json"]

CHECKS: Final[tuple[Callable[[Path], Problems], ...]] = (
    check_manifest,
    check_categories,
    check_dependencies,
    check_quality_scale,
    check_icon,
    check_languages,
    check_fields,
    check_flows,
    check_downloader_flow,
    check_exceptions,
    check_computed_exceptions,
    check_unmixed,
    check_results,
    check_issues,
    check_issue_placeholders,
    check_actions,
    check_entities,
    check_icons,
    check_code,
)


def problems(folder: Path) -> list[str]:
    """Return everything that is wrong."""
    return sorted({problem for check in CHECKS for problem in check(folder)})
