"""What a query looks for, and how a text matches it. Needs no parts."""

import pytest

from domain.search import wording
from domain.search.wording import Match, Wording
from kit import terms
from kit.errors import BadUserInput


def query(text: str) -> Wording:
    found = wording.read(text)
    assert found is not None
    return found


def match(text: str, there: str) -> Match | None:
    return wording.match(query(text), "displayName", there)


def shown(found: Match | None) -> list[str]:
    assert found is not None
    return [found.text[start:end] for start, end in found.ranges]


@pytest.mark.parametrize(
    ("text", "there", "typos"),
    [
        ("anna", "anna", 0),
        ("anna", "anne", None),  # none in words of fewer than five letters
        ("maria", "marai", 1),
        ("maria", "mraai", None),
        ("maria", "naria", None),  # none in the first letter
        ("alexander", "alxeanbder", 2),
        ("alexander", "alxeanbdr", None),
        ("alexander", "blexander", None),
        ("jane d", "Jane Doe", 0),
        ("janedoe", "Jane Doe", 0),
        ("jane doe", "janedoe", 0),
        ("Zoë", "zoe", 0),
        ("zoe", "Zoë Vanderberg", 0),
        ("山水", "天山水", 0),
        ("水山", "天山水", None),
    ],
)
def test_typos_that_are_forgiven(text: str, there: str, typos: int | None) -> None:
    found = match(text, there)
    assert (found.typos if found else None) == typos


def test_only_the_last_word_may_be_incomplete() -> None:
    assert match("golden ho", "golden hour") is not None
    assert match("gol hour", "golden hour") is None


def test_ranges_are_those_of_what_was_typed() -> None:
    assert shown(match("zoe van", "Zoë Vanderberg")) == ["Zoë", "Van"]
    assert shown(match("janed", "Jane Doe")) == ["Jane D"]
    assert shown(match("family", "👨‍👩‍👧 family")) == ["family"]


def test_long_text_is_cut_around_the_match() -> None:
    text = "word " * 100 + "harbour " + "word " * 100
    found = match("harbour", text)
    assert found is not None
    assert len(found.text) == wording.EXCERPT
    assert shown(found) == ["harbour"]


def test_correction_spells_the_query_as_what_was_found() -> None:
    wanted = query("zoe vandreberg")
    found = wording.match(wanted, "displayName", "Zoë Vanderberg")
    assert found is not None
    assert wording.corrected(wanted, found) == "Zoë Vanderberg"
    same = wording.match(query("zoe"), "username", "zoe")
    assert same is not None
    assert wording.corrected(query("zoe"), same) is None


@pytest.mark.parametrize("text", ["", " ", "\u200f", '"*"', "\x00"])
def test_nothing_to_search_for(text: str) -> None:
    assert wording.read(text) is None


@pytest.mark.parametrize(("text", "sigil"), [("#dawn", "#"), ("@ada", "@"), ("dawn#", "")])
def test_sigils_restrict(text: str, sigil: str) -> None:
    assert query(text).sigil == sigil


def test_lone_surrogates_are_spaces() -> None:
    assert query("a\ud800b").text == "a b"


def test_too_long_a_query_is_refused() -> None:
    query("x" * wording.MAX_QUERY)
    with pytest.raises(BadUserInput):
        wording.read("x" * (wording.MAX_QUERY + 1))


def test_the_best_match_has_the_fewest_typos_then_begins_so() -> None:
    near, inside, begins = match("maria", "marai"), match("maria", "anna maria"), match("maria", "Maria B")
    assert wording.best([near, inside, begins, None]) is begins
    assert wording.best([near, None]) is near
    assert wording.best([None]) is None


def test_long_texts_cost_no_more_than_a_bound() -> None:
    assert len(terms.terms_of_document("山" * 2200)) == terms.MAX_TERMS
    found = match("a", "a " * 300)
    assert found is not None
    assert len(found.ranges) <= wording.MAX_RANGES


def test_correction_keeps_the_sigil() -> None:
    wanted = query("#sunest")
    found = wording.match(wanted, "name", "sunset")
    assert found is not None
    assert wording.corrected(wanted, found) == "#sunset"


def test_every_word_is_needed() -> None:
    wanted = wording.read("harbour sunrise")
    assert wanted is not None
    assert wording.match(wanted, "caption", "Sunrise over the harbour") is not None
    for text in ("The harbour at dusk", "Sunrise", ""):
        assert wording.match(wanted, "caption", text) is None
