"""What an engine must answer, by looking at every document. Shares nothing with the engine that it judges."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA

from clients.search import Document, Query, Word


def matches(word: Word, term: str, typos: int) -> bool:
    """Whether a term of a document is what a word of a query asks for, with so many typos at most."""
    if word.text[:1] != term[:1]:
        return False
    if OSA.distance(word.text, term) <= typos:
        return True
    return word.is_prefix and any(OSA.distance(word.text, term[:end]) <= min(typos, 1) for end in range(len(term) + 1))


def find(documents: Iterable[Document], query: Query) -> tuple[set[int], set[int]]:
    """The ids of documents that match exactly, and of those that match with typos at most."""
    exact, near = set(), set()
    for document in documents:
        terms = document.restricted_words if query.is_restricted else document.words
        if not set(query.labels) <= set(document.labels):
            continue
        if query.before is not None and document.place >= query.before:
            continue
        if query.since is not None and document.place < query.since:
            continue
        for found, is_near in ((exact, False), (near, True)):
            ways = [bool(query.words) and all(_has(terms, word, is_near) for word in query.words)]
            ways.append(query.together is not None and _has(terms, query.together, is_near))
            ways.append(bool(query.whole) and query.whole in document.names)
            if any(ways):
                found.add(document.id)
    return exact, near


def _has(terms: Iterable[str], word: Word, is_near: bool) -> bool:
    return any(matches(word, term, word.typos if is_near else 0) for term in terms)
