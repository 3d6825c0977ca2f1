"""Search: queries and typos."""

from tests.mutants.mutant import in_file

_words = in_file("domain/search/wording.py", "tests/search/test_wording.py")

MUTANTS = [
    _words(
        "short words have no typos",
        "return 0 if length < 5 else 1 if length < 9 else 2",
        "return 1 if length < 9 else 2",
        "test_typos_that_are_forgiven",
    ),
    _words(
        "long words have two",
        "return 0 if length < 5 else 1 if length < 9 else 2",
        "return 0 if length < 5 else 1",
        "test_typos_that_are_forgiven",
    ),
    _words(
        "the first letter is right",
        "if not most or wanted[:1] != there[:1]:",
        "if not most:",
        "test_typos_that_are_forgiven",
    ),
    _words(
        "only the last word may be incomplete",
        "_differs(term, each, is_prefix=is_last)",
        "_differs(term, each, is_prefix=True)",
        "test_only_the_last_word_may_be_incomplete",
    ),
    _words(
        "all words are needed",
        "        if not matching:\n            return None\n",
        "        if not matching:\n            continue\n",
        "test_only_the_last_word_may_be_incomplete",
        "test_every_word_is_needed",
    ),
    _words(
        "too long a query is refused",
        "    if len(text) > most:\n",
        "    if False:\n",
        "test_too_long_a_query_is_refused",
    ),
    _words(
        "a query is restricted by its sigil", 'text[:1] if text[:1] in ("#", "@") else ""', '""', "test_sigils_restrict"
    ),
    _words(
        "the best match has the fewest typos",
        "key=lambda each: (each.typos, not each.begins)",
        "key=lambda each: not each.begins",
        "test_the_best_match_has_the_fewest_typos_then_begins_so",
    ),
    _words(
        "lone surrogates are spaces",
        "    if not storable(text):\n        text =",
        "    if False:\n        text =",
        "test_lone_surrogates_are_spaces",
    ),
]
