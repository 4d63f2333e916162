"""Texts that others wrote, made safe for Home Assistant's dialogs, which read Markdown."""

from typing import Final

# Look-alikes of what makes code, links, pictures and HTML. A backslash would be read in titles, which are no Markdown,
# and does nothing inside code.
_LOOK_ALIKES: Final = str.maketrans(
    {
        "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
        "[": "\N{FULLWIDTH LEFT SQUARE BRACKET}",
        "]": "\N{FULLWIDTH RIGHT SQUARE BRACKET}",
        "<": "\N{FULLWIDTH LESS-THAN SIGN}",
        ">": "\N{FULLWIDTH GREATER-THAN SIGN}",
        "\n": " ",
        "\r": " ",
    }
)


def without_markup(text: str) -> str:
    """Return a path, a title or a name so that it is shown as it is, and never becomes a link or a picture."""
    return text.translate(_LOOK_ALIKES)
