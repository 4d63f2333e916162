"""Checks the files of the integration like hassfest, which is not available as a package.

Every check takes the integration's folder and yields what is wrong there, as sentences.
"""

import ast
from collections.abc import Callable, Iterator
from functools import cache
import importlib
import json
from pathlib import Path
import re
import struct
from typing import Any, Final

from homeassistant import components
from homeassistant.helpers.selector import validate_selector
from homeassistant.helpers.service import _SERVICES_SCHEMA
from homeassistant.util.yaml import load_yaml_dict
import voluptuous as vol

DOMAIN: Final = "plex_smart_scan"
PACKAGE: Final = f"custom_components.{DOMAIN}"
LANGUAGES: Final = ("de", "es", "fr", "nl")

_MANIFEST_KEYS: Final = {
    "after_dependencies", "bluetooth", "categories", "codeowners", "config_flow", "connectivity", "dependencies",
    "dhcp", "disabled",
    "documentation", "domain", "homekit", "import_executor", "integration_type", "iot_class", "issue_tracker",
    "loggers", "mqtt", "name", "quality_scale", "requirements", "single_config_entry", "ssdp", "usb", "version",
    "zeroconf",
}  # fmt: skip
_IOT_CLASSES: Final = {
    "assumed_state", "calculated", "cloud_polling", "cloud_push", "local_polling", "local_push",
}  # fmt: skip
_RULES: Final = {
    "bronze": "action-setup appropriate-polling brands common-modules config-flow config-flow-test-coverage "
    "dependency-transparency docs-actions docs-conditions docs-high-level-description "
    "docs-installation-instructions docs-removal-instructions docs-triggers entity-event-setup entity-unique-id "
    "has-entity-name runtime-data test-before-configure test-before-setup unique-config-entry",
    "silver": "action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters "
    "entity-unavailable integration-owner log-when-unavailable parallel-updates reauthentication-flow test-coverage",
    "gold": "devices diagnostics discovery discovery-update-info docs-data-update docs-examples "
    "docs-known-limitations docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases "
    "dynamic-devices entity-category entity-device-class entity-disabled-by-default entity-translations "
    "exception-translations icon-translations reconfiguration-flow repair-issues stale-devices",
    "platinum": "async-dependency inject-websession strict-typing",
}
_TRANSLATED_ERRORS: Final = {
    "ConfigEntryAuthFailed", "ConfigEntryError", "ConfigEntryNotReady", "HomeAssistantError",
    "ServiceValidationError", "UpdateFailed",
}  # fmt: skip
_SHOWN: Final = (
    "async_show_form", "async_show_menu", "async_external_step", "async_show_progress", "_token_menu",
)  # fmt: skip
_ACTIONS: Final = {"discard_pending", "process_notification", "resolve_path", "scan_path"}
_LIST_ACTIONS, _LISTS = {"resolve_path", "scan_path"}, {"path", "library"}  # fields that take one text or several
_CORE_ABORTS: Final = {"reauth_successful", "reconfigure_successful"}

type Problems = Iterator[str]


def read_json(file: Path) -> Any:
    """Read a JSON file."""
    return json.loads(file.read_text())


def flat(data: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Flatten nested texts."""
    found: dict[str, str] = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return set(re.findall(r"{(\w+)}", text))


def english(folder: Path) -> dict[str, Any]:
    """Read the English texts."""
    texts: dict[str, Any] = read_json(folder / "translations" / "en.json")
    return texts


@cache
def _tree(file: Path, _changed: float) -> ast.Module:
    return ast.parse(file.read_text())


def modules(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Parse the integration's own modules; the core beneath knows nothing of Home Assistant."""
    for file in sorted(folder.rglob("*.py")):
        if "scanner" in file.relative_to(folder).parts:
            continue
        yield file, _tree(file, file.stat().st_mtime)


def calls(folder: Path, *names: str) -> Iterator[tuple[str, ast.Call]]:
    """Find the calls of functions or methods of these names."""
    for file, tree in modules(folder):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names:
                    yield f"{file.name}:{node.lineno}", node


def argument(call: ast.Call, name: str) -> ast.expr | None:
    """Return a keyword argument."""
    return next((each.value for each in call.keywords if each.arg == name), None)


def constants(folder: Path) -> set[str]:
    """Return every text in the code."""
    return {
        node.value
        for _, tree in modules(folder)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


# -- files ------------------------------------------------------------------------------------------------------------


def check_manifest(folder: Path) -> Problems:
    """The manifest."""
    manifest = read_json(folder / "manifest.json")
    keys = list(manifest)
    if keys != ["domain", "name", *sorted(set(keys) - {"domain", "name"})]:
        yield "manifest: keys are not in order"
    for key in manifest.keys() - _MANIFEST_KEYS:
        yield f"manifest: unknown key {key}"
    if manifest.get("domain") != DOMAIN:
        yield "manifest: the domain is not the folder's name"
    if not re.fullmatch(r"\d+\.\d+\.\d+", manifest.get("version", "")):
        yield "manifest: no version"
    if manifest.get("iot_class") not in _IOT_CLASSES:
        yield "manifest: unknown iot_class"
    for key in ("documentation", "issue_tracker"):
        if not manifest.get(key, "").startswith("https://"):
            yield f"manifest: {key} is no https address"
    if not all(owner.startswith("@") for owner in manifest["codeowners"]) or not manifest["codeowners"]:
        yield "manifest: no code owner"
    if manifest.get("config_flow") is not (folder / "config_flow.py").exists():
        yield "manifest: config_flow does not say whether there is one"


def check_categories(folder: Path) -> Problems:
    """What Home Assistant 2026.11 shows of an integration; older releases do not read it."""
    manifest = read_json(folder / "manifest.json")
    for key in ("categories", "connectivity"):
        if not manifest.get(key):
            yield f"manifest: no {key}"


def check_dependencies(folder: Path) -> Problems:
    """What the manifest says that the integration needs."""
    manifest = read_json(folder / "manifest.json")
    for requirement in manifest["requirements"]:
        if " " in requirement or not re.search("[<>=~]=?", requirement):
            yield f"manifest: requirement {requirement!r} has blanks or no range"
    known = {each.name for each in Path(components.__path__[0]).iterdir()}
    for key in ("dependencies", "after_dependencies"):
        for dependency in set(manifest.get(key, ())) - known:
            yield f"manifest: {dependency} in {key} does not exist"


def check_quality_scale(folder: Path) -> Problems:
    """The rules, against the tier that the manifest claims."""
    rules = load_yaml_dict(str(folder / "quality_scale.yaml"))["rules"]
    known = {rule for tier in _RULES.values() for rule in tier.split()}
    for rule in known ^ rules.keys():
        yield f"quality scale: {rule} is missing or unknown"
    status = {}
    for rule, value in rules.items():
        status[rule] = value if isinstance(value, str) else value["status"]
        if status[rule] not in {"done", "todo", "exempt"}:
            yield f"quality scale: {rule} has an unknown status"
        if status[rule] == "exempt" and not value.get("comment"):
            yield f"quality scale: {rule} is exempt without a reason"
    claimed = read_json(folder / "manifest.json").get("quality_scale", "")
    if claimed not in _RULES:
        yield "quality scale: the manifest claims no tier"
        return
    for tier, names in _RULES.items():
        for rule in names.split():
            if status.get(rule) == "todo":
                yield f"quality scale: {claimed} is claimed, but {rule} is to be done"
        if tier == claimed:
            return


def check_icon(folder: Path) -> Problems:
    """The icon: a square PNG."""
    file = folder / "brand" / "icon.png"
    head = file.read_bytes()[:24] if file.exists() else b""
    if head[:8] != b"\x89PNG\r\n\x1a\n":
        yield "brand: no icon.png"
    elif struct.unpack(">II", head[16:24]) != (256, 256):
        yield "brand: icon.png is not 256 × 256"


# -- texts ------------------------------------------------------------------------------------------------------------


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


def check_fields(folder: Path) -> Problems:
    """Every field of every form is described, and nothing else is."""
    texts = english(folder)
    forms = dict(texts["config"]["step"].items())
    forms |= {f"options.{name}": step for name, step in texts["options"]["step"].items()}
    for name, step in texts["options"]["step"].items():
        forms |= {f"options.{name}.{key}": part for key, part in step.get("sections", {}).items()}
    forms |= {f"downloader.{name}": step for name, step in _downloader_texts(folder)["step"].items()}
    for name, form in forms.items():
        for field in form.get("data", {}).keys() ^ form.get("data_description", {}).keys():
            yield f"{name}: {field} has no name or no description"


def _downloader_texts(folder: Path) -> dict[str, Any]:
    texts: dict[str, Any] = english(folder)["config_subentries"]["downloader"]
    return texts


def _is_downloader_flow(where: str) -> bool:
    return where.startswith("downloader.py:")


def check_downloader_flow(folder: Path) -> Problems:
    """Every error of the flow that connects a downloader has a text, and every text is used."""
    client = importlib.import_module(f"{PACKAGE}.arr.answers")
    probe = importlib.import_module(f"{PACKAGE}.arr.probe")
    errors = {*client.ArrErrorKind, *probe.Obstacle, "wrong_program", "invalid_url", "not_saved", "no_address"}
    for error in errors ^ _downloader_texts(folder)["error"].keys():
        yield f"downloader: the error {error} has no text, or its text is not used"
    actions = {
        shown.value
        for where, call in calls(folder, "_show_progress")
        if _is_downloader_flow(where) and isinstance(shown := call.args[0], ast.Constant)
    }
    steps = {
        node.value
        for where, call in calls(folder, "async_show_form", "async_show_menu")
        if _is_downloader_flow(where) and isinstance(node := argument(call, "step_id"), ast.Constant)
    }
    for step in steps ^ _downloader_texts(folder)["step"].keys():
        yield f"downloader: the step {step} has no text, or its text is not used"
    for action in actions ^ _downloader_texts(folder)["progress"].keys():
        yield f"downloader: the progress {action} has no text, or its text is not used"


def check_flows(folder: Path) -> Problems:
    """Every step, error and abort of the flows has a text, and every text is used."""
    texts = english(folder)
    said = constants(folder)
    steps = {
        node.value
        for where, call in calls(folder, *_SHOWN)
        if not _is_downloader_flow(where) and isinstance(node := argument(call, "step_id"), ast.Constant)
    } - {"confirm"}
    downloader = _downloader_texts(folder)
    written = texts["config"]["step"].keys() | texts["options"]["step"].keys()
    for step in steps ^ written:
        yield f"flows: the step {step} has no text, or its text is not used"
    for part in ("config", "options"):
        for error in texts[part].get("error", {}).keys() - said:
            yield f"flows: the error {error} is not used"
    aborts = {
        node.value
        for _, call in calls(folder, "async_abort", "_abort_if_unique_id_mismatch")
        if isinstance(node := argument(call, "reason"), ast.Constant)
    } | {"already_configured"}
    fixes = {key for issue in texts["issues"].values() for key in issue.get("fix_flow", {}).get("abort", {})}
    said_aborts = texts["config"]["abort"].keys() | downloader["abort"].keys() | fixes | _CORE_ABORTS
    for abort in aborts ^ said_aborts - _CORE_ABORTS:
        yield f"flows: the abort {abort} has no text, or its text is not used"
    module = importlib.import_module(f"{PACKAGE}.flows.connection")
    for error in {*module.ERRORS.values(), "cannot_connect", "unknown"} - texts["config"]["error"].keys():
        yield f"flows: the error {error} has no text"
    ways = set(importlib.import_module(f"{PACKAGE}.flows.sign_in").WAYS_TO_A_TOKEN)
    for name, step in texts["config"]["step"].items():
        others = {"core"} | ({"script", "new_webhook"} if name == "reconfigure" else set())
        if "menu_options" in step and {*step["menu_options"], "core"} != {*ways, *others}:
            yield f"flows: the menu {name} has options without a text, or texts that are not used"
        if step.get("menu_option_descriptions", {}).keys() - step.get("menu_options", {}).keys():
            yield f"flows: the menu {name} describes other options than it has"
    if texts["selector"]["ways_to_a_token"]["options"].keys() != ways:
        yield "flows: the ways to a token have no text, or their text is not used"


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
        if not _is_said(key, said):
            yield f"exceptions: {key} is not used"


def _is_said(key: str, said: set[str]) -> bool:
    """Whether a key stands in the code, whole or put together of its parts."""
    if key in said:
        return True
    starts = [each for each in said if len(each) > 2 and key.startswith(each)]
    endings = {value.value for value in _endings()}
    return any(key[len(each) :] in endings or _is_said(key[len(each) :], said) for each in starts)


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
    client = importlib.import_module(f"{PACKAGE}.arr.answers")
    keys |= {f"downloader_failed_{each}" for each in client.ArrErrorKind}
    keys |= {f"update_failed_{each}" for each in errors.ErrorKind if each is not errors.ErrorKind.AUTH}
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
    failures = set(importlib.import_module(f"{PACKAGE}.flows.connection").ERRORS.values())
    failures |= {"cannot_connect", "other_server", "unknown_host", "unknown", "unverified"}
    return {"sign_in_shared"} | {f"tried_{failure}" for failure in failures - {"invalid_auth", "no_permission"}}


def check_issues(folder: Path) -> Problems:
    """Every issue has a text, and every text an issue."""
    module = importlib.import_module(f"{PACKAGE}.repair_issues.registry")
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


# -- actions ----------------------------------------------------------------------------------------------------------


def check_actions(folder: Path) -> Problems:
    """Every action is described, field by field, with selectors, texts and icons."""
    try:
        actions = _SERVICES_SCHEMA(load_yaml_dict(str(folder / "services.yaml")))
    except vol.Invalid as error:
        yield f"actions: {error}"
        return
    texts, icons = english(folder)["services"], read_json(folder / "icons.json")["services"]
    registered = {text for text in constants(folder) if text in _ACTIONS}
    for name in registered ^ actions.keys():
        yield f"actions: {name} is not described, or not registered"
    for name in actions.keys() ^ texts.keys() | actions.keys() ^ icons.keys():
        yield f"actions: {name} has no text or icon, or they are not used"
    for name, action in actions.items():
        yield from _check_action(name, action or {}, texts.get(name, {}), icons.get(name, {}))


def _check_action(name: str, action: dict[str, Any], texts: dict[str, Any], icons: dict[str, Any]) -> Problems:
    fields: dict[str, Any] = {}
    sections = set()
    for key, field in action.get("fields", {}).items():
        if "fields" in field:
            sections.add(key)
            fields |= field["fields"]
        else:
            fields[key] = field
    for key, field in fields.items():
        validate_selector(field["selector"])
        if name in _LIST_ACTIONS and key in _LISTS and field["selector"].get("text", {}).get("multiple") is not True:
            yield f"actions: {name}.{key} is no list of texts"
        if not {"name", "description"} <= texts.get("fields", {}).get(key, {}).keys():
            yield f"actions: {name}.{key} has no name or no description"
    for key in texts.get("fields", {}).keys() - fields.keys():
        yield f"actions: {name}.{key} has a text, but is no field"
    for key in sections ^ texts.get("sections", {}).keys() | sections ^ icons.get("sections", {}).keys():
        yield f"actions: the section {name}.{key} has no text or icon"
    if not {"name", "description"} <= texts.keys():
        yield f"actions: {name} has no name or no description"


# -- entities ---------------------------------------------------------------------------------------------------------


def _descriptions() -> Iterator[tuple[str, Any]]:
    modules = {
        name: importlib.import_module(f"{PACKAGE}.{name}") for name in ("binary_sensor", "button", "event", "sensor")
    }
    downloaders = importlib.import_module(f"{PACKAGE}.arr.entities")
    yield from (("sensor", each) for each in (*modules["sensor"].SERVER_SENSORS, *modules["sensor"].LIBRARY_SENSORS))
    yield from (("binary_sensor", each) for each in modules["binary_sensor"].SERVER_BINARY_SENSORS)
    yield from (("sensor", each) for each in downloaders.DOWNLOADER_SENSORS)
    yield "binary_sensor", modules["binary_sensor"].LIBRARY_SCANNING
    yield "binary_sensor", downloaders.DOWNLOADER_CONNECTED
    yield from (("button", each) for each in (modules["button"].RETRY_PENDING, modules["button"].SCAN_LIBRARY))
    yield "event", modules["event"].SCAN


def check_entities(folder: Path) -> Problems:
    """Every entity has a name and an icon, every state a text, and nothing else has; no number counts in nouns."""
    texts, icons = english(folder)["entity"], read_json(folder / "icons.json")["entity"]
    used: set[tuple[str, str]] = set()
    for platform, each in _descriptions():
        key = each.translation_key
        if key is None:
            if each.device_class is None:
                yield f"entities: {platform}.{each.key} has neither a name nor a class"
            continue
        used.add((platform, key))
        text = texts.get(platform, {}).get(key, {})
        if "name" not in text:
            yield f"entities: {platform}.{key} has no name"
        if "default" not in icons.get(platform, {}).get(key, {}):
            yield f"entities: {platform}.{key} has no icon"
        options = getattr(each, "options", None)
        if options is not None and set(options) != text.get("state", {}).keys():
            yield f"entities: the states of {platform}.{key} have no text, or their text is not used"
        if "unit_of_measurement" in text:
            yield f"entities: {platform}.{key} has a unit that is a noun: it reads wrong for 1"
    written = {(platform, key) for source in (texts, icons) for platform, keys in source.items() for key in keys}
    for platform, key in written - used:
        yield f"entities: {platform}.{key} is no entity"


@cache
def _known_icons() -> frozenset[str]:
    import hass_frontend  # noqa: PLC0415 - only this check needs it

    file = Path(hass_frontend.__file__).parent / "static" / "mdi" / "iconList.json"
    return frozenset(each["name"] for each in read_json(file))


def check_icons(folder: Path) -> Problems:
    """Every icon exists, and none of a state is the default's."""
    icons = read_json(folder / "icons.json")
    for key, icon in flat(icons).items():
        if not icon.startswith("mdi:") or icon.removeprefix("mdi:") not in _known_icons():
            yield f"icons: {icon} of {key} does not exist"
    for platform, keys in icons["entity"].items():
        for key, each in keys.items():
            if each["default"] in each.get("state", {}).values():
                yield f"icons: a state of {platform}.{key} has the default's icon"


# -- code -------------------------------------------------------------------------------------------------------------


def check_code(folder: Path) -> Problems:
    """What Home Assistant's reviewers ask for, and a tool can see."""
    for file, tree in modules(folder):
        if not ast.get_docstring(tree):
            yield f"{file.name}: no docstring"
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                is_log = isinstance(node.func.value, ast.Name) and node.func.value.id == "_LOGGER"
                text = first.value if isinstance(first, ast.Constant) else ""
                if (
                    is_log
                    and isinstance(text, str)
                    and text
                    and (text.endswith(".") or not (text[0].isupper() or text[0] == "%"))
                ):
                    yield f"{file.name}:{node.lineno}: a log line begins small or ends with a period"
    for name in ("binary_sensor", "button", "event", "sensor"):
        if "PARALLEL_UPDATES" not in (folder / f"{name}.py").read_text():
            yield f"{name}.py: no PARALLEL_UPDATES"


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
    check_actions,
    check_entities,
    check_icons,
    check_code,
)


def problems(folder: Path) -> list[str]:
    """Return everything that is wrong."""
    return sorted({problem for check in CHECKS for problem in check(folder)})
