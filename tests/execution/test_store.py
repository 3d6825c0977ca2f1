"""What is kept of documents, and for how long."""

import gc
import weakref

import pytest
from graphql import GraphQLSyntaxError, parse

from kit.execution.document_store import Document, Documents, key_of


def seen(kept: Documents, text: str) -> Document:
    """A document as it comes in, and is found valid."""
    document = kept.get(text)
    kept.keep(document)
    return document


def test_what_is_used_again_survives_a_flood() -> None:
    kept = Documents(parse, count=50)
    trusted = kept.trust("{ trusted }")
    used = seen(kept, "{ used }")
    assert kept.get("{ used }") is used
    first = weakref.ref(seen(kept, "{ first }").node)
    for n in range(100_000):
        seen(kept, f"{{ f{n} }}")
    assert sum(1 for _ in kept) == 1 + 1 + 50
    assert kept.get("{ used }") is used
    assert kept.get("{ trusted }") is trusted
    assert kept.trusted(trusted.key) is trusted
    gc.collect()
    assert first() is None, "with its node go the plans that hang on it"


def test_a_segment_is_bounded_by_its_tokens() -> None:
    kept = Documents(parse, count=50, tokens=1_000)
    for n in range(100):
        seen(kept, f"{{ f{n} {'x ' * 300} }}")
    assert sum(1 for _ in kept) == 3
    huge = f"{{ {'x ' * 2_000} }}"
    assert seen(kept, huge) is kept.get(huge) is kept.get(huge)


def test_only_what_is_valid_is_kept() -> None:
    kept = Documents(parse)
    assert kept.get("{ nope }") is not kept.get("{ nope }")
    assert not list(kept)


def test_the_least_used_goes() -> None:
    kept = Documents(parse, count=2)
    a, b, c = "{ a }", "{ b }", "{ c }"
    of_a, of_b = seen(kept, a), seen(kept, b)
    assert (kept.get(a), kept.get(b)) == (of_a, of_b)
    assert kept.get(a) is of_a
    assert seen(kept, c) is kept.get(c)
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
    before = seen(kept, "{ a }")
    assert not before.is_trusted
    assert kept.trust("{ a }") is before
    assert before.is_trusted
    assert len(list(kept)) == 1


def test_texts_that_differ_in_half_a_character_have_two_keys() -> None:
    assert key_of("# \ud800") != key_of("# ?")
