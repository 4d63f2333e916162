"""Access to the repair issues of this integration."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueEntry, IssueSeverity

from ..const import DOMAIN
from ..scanner import code_safe, markdown_safe

# The kinds of issues by translation key.
JOURNAL_DAMAGED: Final = "journal_damaged"
MOUNT_MISSING: Final = "mount_missing"
MOUNT_UNCHECKED: Final = "mount_unchecked"
NO_LIBRARY: Final = "no_library"
NO_LIBRARY_SUGGESTION: Final = "no_library_suggestion"
NO_PERMISSION: Final = "no_permission"
NOT_VISIBLE: Final = "not_visible"
SERVER_AWAY: Final = "server_away"
WRONG_SERVER: Final = "wrong_server"

IN_CODE: Final = {"file", "from", "location", "path", "to", "url"}  # always in backticks in the texts, others never
_OURS: Final = {"details"}  # Markdown that the caller has escaped


@callback
def raise_issue(
    hass: HomeAssistant,
    entry: ConfigEntry,
    key: str,
    translation_key: str,
    placeholders: Mapping[str, str] | None = None,
    data: Mapping[str, Any] | None = None,
    *,
    fixable: bool = False,
    severity: IssueSeverity = IssueSeverity.WARNING,
) -> None:
    """Raise an issue for a server, replacing the one with the same key."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id(entry, key),
        data={"entry_id": entry.entry_id, **(data or {})},
        is_fixable=fixable,
        is_persistent=False,
        severity=severity,
        translation_key=translation_key,
        translation_placeholders=safe_placeholders({"server": entry.title, **(placeholders or {})}),
    )


def safe_placeholders(placeholders: Mapping[str, str]) -> dict[str, str]:
    """Return placeholders for Markdown, with names and paths from outside escaped."""
    return {
        key: text if key in _OURS else code_safe(text) if key in IN_CODE else markdown_safe(text)
        for key, text in placeholders.items()
    }


@callback
def delete_issue(hass: HomeAssistant, entry: ConfigEntry, key: str) -> None:
    """Delete an issue of a server if it exists."""
    ir.async_delete_issue(hass, DOMAIN, issue_id(entry, key))


@callback
def delete_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete all issues of a server, including those stored from earlier runs."""
    prefix = issue_id(entry, "")
    for domain, found in list(ir.async_get(hass).issues):
        if domain == DOMAIN and found.startswith(prefix):
            ir.async_delete_issue(hass, domain, found)


@callback
def issues_of_kind(hass: HomeAssistant, *translation_keys: str) -> list[IssueEntry]:
    """Return the issues of the given kinds for all servers.

    Issues that are only stored from an earlier run have no kind and are left out.
    """
    issues = ir.async_get(hass).issues.values()
    return [issue for issue in issues if issue.domain == DOMAIN and issue.translation_key in translation_keys]


def issue_id(entry: ConfigEntry, key: str) -> str:
    """Return the issue registry ID of an issue of a server."""
    return f"{entry.entry_id}_{key}"


def is_about(issue: IssueEntry, entry: ConfigEntry) -> bool:
    """Return whether an issue concerns a server."""
    return (issue.data or {}).get("entry_id") == entry.entry_id


def path_of(issue: IssueEntry) -> str:
    """Return the path of an issue."""
    return str((issue.data or {})["path"])
