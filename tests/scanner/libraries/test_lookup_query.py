"""The terms for a file's name: the server's filter reads commas as "or" and compares bytes."""

from typing import Literal
import unicodedata

import pytest

from custom_components.plex_smart_scan.scanner.libraries.lookup_query import selective_terms

type Form = Literal["NFC", "NFD"]

FORMS: tuple[Form, ...] = ("NFC", "NFD")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Show - S01E01.mkv", ("Show - S01E01.mkv",)),
        ("Demon Lord, Retry! - S01E06.mkv", ("Retry! - S01E06.mkv",)),
        ("The Good, the Bad and the Ugly, 1966.mkv", ("the Bad and the Ugly",)),
        ("1, 2, 3.mkv", ("3.mkv",)),
        ("Show/Season 01", ("Show/Season 01",)),
        ("Tom & Jerry #1 + 100%.mkv", ("Tom & Jerry #1 + 100%.mkv",)),
        ("A,            ,Bee.mkv", ("Bee.mkv",)),
    ],
)
def test_term_is_the_longest_part_without_a_comma(text: str, expected: tuple[str, ...]) -> None:
    """A comma would mean "or", however it is encoded; spaces at the ends are removed."""
    assert selective_terms(text) == expected


@pytest.mark.parametrize("written", FORMS)
@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Pokémon - S01E01 - I Choose You.mkv", "mon - S01E01 - I Choose You.mkv"),
        ("Amelie Poulain étoile.mkv", "Amelie Poulain"),
        ("Les Choristes, é, The Movie Is Longer.mkv", "The Movie Is Longer.mkv"),
    ],
)
def test_long_ascii_part_is_the_only_term(text: str, term: str, written: Form) -> None:
    """A long enough part in plain ASCII is found however the server encodes the accents around it."""
    assert selective_terms(unicodedata.normalize(written, text)) == (term,)


@pytest.mark.parametrize("written", FORMS)
def test_both_encodings_are_terms_if_accents_are_everywhere(written: Form) -> None:
    """Without such a part, both encodings are used."""
    text = unicodedata.normalize(written, "Šílení.mkv")

    assert selective_terms(text) == (unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))


def test_name_with_one_encoding_has_one_term() -> None:
    """Characters with a single encoding are used once."""
    assert selective_terms("七人の侍.mkv") == ("七人の侍.mkv",)


@pytest.mark.parametrize("known", FORMS)
@pytest.mark.parametrize("reported", FORMS)
@pytest.mark.parametrize(
    "text",
    [
        "Amelie Poulain étoile.mkv",
        "Crème brûlée, à la carte - S01E01.mkv",
        "é",
        "ééééééééééééa",
        "Ångström Unit Measurements.mkv",
        "☕ café ☕.mkv",
        "Tiếng Việt không dấu.mkv",
        "가나다라마바사.mkv",
    ],
)
def test_term_is_part_of_the_name_in_either_form(text: str, reported: Form, known: Form) -> None:
    """A term is part of what the server has, whichever form the sender and the server use."""
    written = unicodedata.normalize(known, text)

    assert any(term in written for term in selective_terms(unicodedata.normalize(reported, text)))
