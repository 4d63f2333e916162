"""Checks of the languages, errors, results and repair issues."""

import ast
import importlib
from pathlib import Path
import re
from typing import Any, Final

from .reading import LANGUAGES, PACKAGE, Problems, argument, calls, constants, english, flat, placeholders, read_json

_TRANSLATED_ERRORS: Final = {
    "ConfigEntryAuthFailed", "ConfigEntryError", "ConfigEntryNotReady", "HomeAssistantError",
    "ServiceValidationError", "UpdateFailed",
}  # fmt: skip


def check_languages(folder: Path) -> Problems:
    """Every language has the same texts, with the same placeholders, and none that is not allowed."""
    texts = flat(english(folder))
    for language in ("en", *LANGUAGES):
        file = folder / "translations" / f"{language}.json"
        translated = flat(read_json(file)) if file.exists() else {}
        for key in texts.keys() ^ translated.keys():
            yield f"{language}: {key} is missing or unknown"
        for key in texts.keys() & translated.keys():
            text = translated[key]
            if placeholders(text) != placeholders(texts[key]):
                yield f"{language}: the placeholders of {key} differ"
            if re.search(r"<\w+|https?://|'{\w+}'", text) or not text.strip() or text != text.strip():
                yield f"{language}: {key} is empty, or holds HTML, an address or a quoted placeholder"


def check_exceptions(folder: Path) -> Problems:
    """Every error is translated, with the placeholders of its text, and every text is used."""
    texts = {key: each["message"] for key, each in english(folder)["exceptions"].items()}
    for where, call in calls(folder, *_TRANSLATED_ERRORS):
        key, given = argument(call, "translation_key"), argument(call, "translation_placeholders")
        if key is None or call.args:
            yield f"{where}: an error that is not translated"
        if not isinstance(key, ast.Constant):
            continue
        name = str(key.value)
        if name not in texts:
            yield f"{where}: {name} has no text"
            continue
        named = (
            {each.value for each in given.keys if isinstance(each, ast.Constant)}
            if isinstance(given, ast.Dict)
            else set()
        )
        if named != placeholders(texts[name]):
            yield f"{where}: the placeholders of {name} differ"
    said = constants(folder)
    for key in texts:
        if not _is_used(key, said):
            yield f"exceptions: {key} is not used"


def _is_used(key: str, said: set[str]) -> bool:
    """Whether a key stands in the code, whole or put together of its parts."""
    if key in said:
        return True
    starts = [each for each in said if len(each) > 2 and key.startswith(each)]
    endings = {value.value for value in _endings()}
    return any(key[len(each) :] in endings or _is_used(key[len(each) :], said) for each in starts)


def _endings() -> list[Any]:
    """The values that keys are completed with: `invalid_path_` with each problem of a path, and so on."""
    paths = importlib.import_module(f"{PACKAGE}.scanner.paths.clean_path")
    downloaders = importlib.import_module(f"{PACKAGE}.scanner.downloaders")
    models = importlib.import_module(f"{PACKAGE}.scanner.models")
    errors = importlib.import_module(f"{PACKAGE}.scanner.plex.errors")
    return [*paths.PathProblem, *downloaders.BodyProblem, *models.Reason, *errors.ErrorKind]


def check_computed_exceptions(folder: Path) -> Problems:
    """The keys that are put together at run time have a text too."""
    texts = english(folder)["exceptions"]
    paths = importlib.import_module(f"{PACKAGE}.scanner.paths.clean_path")
    downloaders = importlib.import_module(f"{PACKAGE}.scanner.downloaders")
    keys = {f"invalid_path_{each}" for each in paths.PathProblem}
    keys |= {f"notification_{each}" for each in downloaders.BodyProblem}
    keys |= {f"no_library{mapped}{found}" for mapped in ("", "_mapped") for found in ("", "_suggestion")}
    keys |= {f"{key}_unread" for key in ("no_library", "no_library_mapped", "no_libraries_at_all")}
    keys |= {"not_in_these_libraries_unread"}
    keys |= {f"scan_failed_{each}" for each in _reasons()["failed"]}
    errors = importlib.import_module(f"{PACKAGE}.scanner.plex.errors")
    client = importlib.import_module(f"{PACKAGE}.arr.api_response")
    keys |= {f"downloader_failed_{each}" for each in client.ArrErrorKind}
    keys |= {f"update_failed_{each}" for each in errors.ErrorKind}
    for key in keys - texts.keys():
        yield f"exceptions: {key} has no text"


def check_unmixed(folder: Path) -> Problems:
    """No error's text is put into another one's: it may be in another language."""
    for where, call in calls(folder, *_TRANSLATED_ERRORS):
        given = argument(call, "translation_placeholders")
        for value in given.values if isinstance(given, ast.Dict) else []:
            text = value.args[0] if isinstance(value, ast.Call) and value.args else value
            if isinstance(text, ast.Name) and text.id in {"err", "error", "exception", "first", "refusal"}:
                yield f"{where}: a translated text holds another error's"


def _reasons() -> dict[str, tuple[str, ...]]:
    """Return the reasons that each outcome can have."""
    models = importlib.import_module(f"{PACKAGE}.scanner.models")
    owners = {
        "pending": (
            "waiting",
            "not_visible_yet",
            "mount_missing",
            "server_offline",
            "server_busy",
            "not_authorized",
        ),
        "not_found": ("not_visible_to_plex", "ignored_by_plex", "timeout"),
    }
    taken = {reason for reasons in owners.values() for reason in reasons} | {"damaged"}
    return owners | {"failed": tuple(each.value for each in models.Reason if each.value not in taken)}


def check_results(folder: Path) -> Problems:
    """Every outcome and reason has a sentence, and a state to show."""
    texts = english(folder)
    models = importlib.import_module(f"{PACKAGE}.scanner.models")
    outcomes = {each.value for each in models.Outcome}
    expected = set(outcomes)
    expected |= {
        f"{each}{ending}" for each in ("added", "updated", "removed", "scanned") for ending in ("_one", "_zero")
    }
    expected |= {"added_damaged", "updated_damaged", "activity_added_damaged", "activity_updated_damaged"}
    expected |= {f"activity_{each}" for each in outcomes - {"pending"}}
    expected |= {f"activity_details{ending}" for ending in ("", "_one", "_zero")}
    expected |= {f"{outcome}_{reason}" for outcome, reasons in _reasons().items() for reason in reasons}
    expected |= _sentences_of_a_sign_in()
    for key in expected ^ texts["common"].keys():
        yield f"results: {key} has no sentence, or its sentence is not used"
    for states in (
        texts["entity"]["sensor"]["last_result"]["state"],
        texts["entity"]["event"]["scan"]["state_attributes"]["event_type"]["state"],
    ):
        for outcome in outcomes - {"pending"} ^ states.keys():
            yield f"results: {outcome} has no state, or its state is not used"


def _sentences_of_a_sign_in() -> set[str]:
    """The sentences that stand in the placeholders of the sign-in's forms."""
    failures = set(importlib.import_module(f"{PACKAGE}.flows.check_connection").ERRORS.values())
    failures |= {"cannot_connect", "other_server", "unknown_host", "unknown", "unverified"}
    return {"sign_in_shared"} | {f"tried_{failure}" for failure in failures - {"invalid_auth", "no_permission"}}


def check_issues(folder: Path) -> Problems:
    """Every issue has a text, and every text an issue."""
    module = importlib.import_module(f"{PACKAGE}.repair_issues.issue_registry")
    texts = english(folder)["issues"]
    names = {
        "JOURNAL_DAMAGED",
        "NO_LIBRARY",
        "NO_LIBRARY_SUGGESTION",
        "NO_PERMISSION",
        "NOT_VISIBLE",
        "MOUNT_MISSING",
        "MOUNT_UNCHECKED",
        "SERVER_AWAY",
        "WRONG_SERVER",
    }
    downloaders = importlib.import_module(f"{PACKAGE}.arr.issues")
    for key in {*(getattr(module, name) for name in names), *downloaders.DownloaderIssue} ^ texts.keys():
        yield f"issues: {key} has no text, or its text is not used"
    for key, issue in texts.items():
        if ("description" in issue) is ("fix_flow" in issue):
            yield f"issues: {key} needs a description or a fix, not both"


def check_issue_placeholders(folder: Path) -> Problems:
    """Names and paths from outside are escaped for where they stand: paths for code, all others for a sentence."""
    in_code = importlib.import_module(f"{PACKAGE}.repair_issues.issue_registry").IN_CODE
    for file in sorted((folder / "translations").iterdir()):
        language = file.stem
        for key, text in flat(read_json(file)["issues"]).items():
            code = "".join(re.findall(r"`[^`]*`", text))
            for name in placeholders(re.sub(r"`[^`]*`", "", text)) & in_code:
                yield f"{language}: {name} is not in backticks in issues.{key}"
            for name in placeholders(code) - in_code:
                yield f"{language}: {name} is in backticks in issues.{key}"
