"""Checks of the config flows and their texts."""

import ast
import importlib
from pathlib import Path
from typing import Any, Final

from .reading import PACKAGE, Problems, argument, calls, constants, english

_SHOWN: Final = (
    "async_show_form", "async_show_menu", "async_external_step", "async_show_progress", "_token_menu",
)  # fmt: skip


_CORE_ABORTS: Final = {"reauth_successful", "reconfigure_successful"}


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
    client = importlib.import_module(f"{PACKAGE}.arr.api_response")
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
    module = importlib.import_module(f"{PACKAGE}.flows.check_connection")
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
