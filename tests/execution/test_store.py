"""What is kept of documents, and for how long."""

import gc
import weakref

import pytest
from graphql import GraphQLSyntaxError, parse

from kit.execution.documents import Documents, key_of


def test_what_is_used_again_survives_a_flood() -> None:
    kept = Documents(parse, count=50)
    trusted = kept.trust("{ trusted }")
    used = kept.get("{ used }")
    assert kept.get("{ used }") is used
    first = weakref.ref(kept.get("{ first }").node)
    for n in range(100_000):
        kept.get(f"{{ f{n} }}")
    assert sum(1 for _ in kept) == 1 + 1 + 50
    assert kept.get("{ used }") is used
    assert kept.get("{ trusted }") is trusted
    assert kept.trusted(trusted.key) is trusted
    gc.collect()
    assert first() is None, "with its node go the plans that hang on it"


def test_a_segment_is_bounded_by_its_text() -> None:
    kept = Documents(parse, count=50, size=10_000)
    for n in range(100):
        kept.get(f'{{ f{n}(text: "{"x" * 3_000}") }}')
    assert sum(1 for _ in kept) == 3
    huge = f'{{ f(text: "{"x" * 20_000}") }}'
    assert kept.get(huge) is kept.get(huge) is kept.get(huge)


def test_the_least_used_goes() -> None:
    kept = Documents(parse, count=2)
    a, b, c = "{ a }", "{ b }", "{ c }"
    of_a, of_b = kept.get(a), kept.get(b)
    assert (kept.get(a), kept.get(b)) == (of_a, of_b)
    assert kept.get(a) is of_a
    kept.get(c)
    assert kept.get(c) is kept.get(c)
    assert kept.get(a) is of_a
    assert kept.get(b) is not of_b


def test_what_cannot_be_read_is_not_kept() -> None:
    kept = Documents(parse)
    for read in (kept.get, kept.trust):
        with pytest.raises(GraphQLSyntaxError):
            read("{")
    assert not list(kept)


def test_trust_comes_at_any_time() -> None:
    kept = Documents(parse, count=2)
    before = kept.get("{ a }")
    assert not before.is_trusted
    assert kept.trust("{ a }") is before
    assert before.is_trusted
    assert len(list(kept)) == 1


def test_texts_that_differ_in_half_a_character_have_two_keys() -> None:
    assert key_of("# \ud800") != key_of("# ?")
