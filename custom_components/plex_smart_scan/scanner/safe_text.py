"""Text from outside (paths, names, responses) made safe to show: it may contain anything."""

from collections.abc import Iterator
import re
from typing import Final

_LONGEST: Final = 2000  # characters of one value in a log line; a path has at most 4,096 bytes
_MARKDOWN: Final = re.compile(r"[\\`*_\[\]<>~|#!&]|(?<=:)//|(?<=\bwww)\.|@", re.IGNORECASE)
_LIST_OR_RULE: Final = re.compile(r"^(\d{0,9})([-+.)])(?=[\s-]|$)")  # at the beginning of a paragraph


def log_safe(text: str) -> str:
    """Return a text for the log or an error: on one line, with every invisible or reordering character escaped.

    Line breaks could forge log lines, escape sequences control terminals, and bidirectional controls reorder the text.
    """
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def markdown_safe(text: str) -> str:
    """Return a text for a sentence in Markdown, without markup, links or HTML. It may begin the sentence."""
    escaped = _MARKDOWN.sub(lambda found: "".join(f"\\{each}" for each in found[0]), log_safe(text).strip())
    return _LIST_OR_RULE.sub(r"\1\\\2", escaped)


def code_safe(text: str) -> str:
    """Return a text for use between backticks in Markdown."""
    return log_safe(text).replace("`", "'")


def safe_error(error: BaseException) -> BaseException:
    """Return an error for the log. Its text may contain anything, for example a part of a response.

    If a text in the traceback is not safe, the errors are replaced by errors of the same names with safe texts.
    """
    return error if all(str(each).isprintable() for each in _chain(error)) else _copy(error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and the earlier errors that its traceback shows."""
    following: BaseException | None = error
    while following is not None:
        yield following
        following = _earlier(following)


def _earlier(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _copy(error: BaseException) -> BaseException:
    """Return an error of the same name with the same traceback and a safe text."""
    kind, earlier = type(error), _earlier(error)
    namespace = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    copy: BaseException = type(kind.__name__, (Exception,), namespace)(log_safe(str(error)))
    copy.__traceback__ = error.__traceback__
    copy.__context__ = _copy(earlier) if earlier else None
    if error.__cause__:
        copy.__cause__ = copy.__context__
    return copy
