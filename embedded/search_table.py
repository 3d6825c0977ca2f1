"""One index of the search engine: a table of documents in tantivy, and queries as tantivy takes them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur

from clients.search import MAX_HITS, Document, Hits, Query, Word

HEAP_BYTES = 30_000_000
MAX_WORDS = 32
MAX_BEGINNING = 2
MAX_DIGESTS = 100_000
"""The maximum number of digests in a response. tantivy allocates memory for as many."""
LATIN = "abcdefghijklmnopqrstuvwxyz"
OTHERS = 16
_TOKENIZER = "terms"


def _bucket(field: str, term: str) -> str:
    """The field of the words that begin like `term`.

    A search with typos walks through all words of a field. No typo is forgiven in the first letter, so that a field for
    each letter (each sixteenth of all others) spares most of the walk.
    """
    first = term[:1]
    return f"{field}_{first if first and first in LATIN else ord(first or '0') % OTHERS}"


def _beginnings(field: str) -> str:
    """The field of the first letters of words: as a prefix, they match so many words that their lists take 10 ms."""
    return f"{field}_beginnings"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "weight", "place", "digest"):
        builder.add_integer_field(name, indexed=name in ("id", "place"), fast=True)
    buckets = [f"{name}_{each}" for name in ("words", "restricted_words") for each in (*LATIN, *range(OTHERS))]
    beginnings = [_beginnings(name) for name in ("words", "restricted_words")]
    for name in ("names", "labels", *beginnings, *buckets):
        builder.add_text_field(name, tokenizer_name=_TOKENIZER, index_option="basic")
    return builder.build()


SCHEMA = _schema()


def open_index(folder: Path) -> tantivy.Index:
    """The index in `folder`, made there if need be."""
    index = tantivy.Index(SCHEMA, path=str(folder))
    index.register_tokenizer(_TOKENIZER, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    index.config_reader(reload_policy="manual")
    return index


class Table:
    """One index of one generation."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._index = open_index(folder)
        self._writer = self._index.writer(heap_size=HEAP_BYTES, num_threads=1)
        self._index.reload()

    @property
    def count(self) -> int:
        """How many documents there are."""
        return int(self._index.searcher().num_docs)

    def write(self, documents: Sequence[Document], deleted: Sequence[int]) -> None:
        """Replace and delete documents. Readers see the changes after `commit`."""
        for id in (*deleted, *(document.id for document in documents)):
            self._writer.delete_documents_by_term("id", id)
        for document in documents:
            fields: dict[str, Any] = {name: getattr(document, name) for name in ("id", "weight", "place", "digest")}
            fields["names"], fields["labels"] = " ".join(document.names), " ".join(document.labels)
            fields |= _fields("words", document.words) | _fields("restricted_words", document.restricted_words)
            self._writer.add_document(tantivy.Document(**fields))

    def commit(self) -> None:
        """Commit changes, and make them visible to readers."""
        self._writer.commit()
        self._index.reload()

    def find(self, query: Query) -> Hits:
        """Matches without typos, then those with typos where there is room."""
        searcher = self._index.searcher()
        limit = max(1, min(query.limit, MAX_HITS))
        addresses = _search(searcher, compiled(query, with_typos=False), query.order, limit)
        exact = len(addresses)
        if exact < limit and query.allows_typos:
            near = _search(searcher, compiled(query, with_typos=True), query.order, limit)
            addresses = _merged(addresses, near)[:limit]
        ids = [int(id or 0) for id in searcher.fast_field_values("id", addresses)]
        has_places = query.order == "place"
        places = [int(place or 0) for place in searcher.fast_field_values("place", addresses)] if has_places else []
        return Hits(ids, places, exact)

    def digests(self, after: int, until: int) -> list[tuple[int, int]]:
        """(id, digest) of documents whose ids lie in that range, in no order."""
        searcher = self._index.searcher()
        within = tantivy.Query.range_query(
            SCHEMA, "id", tantivy.FieldType.Integer, after, until, include_lower=False, include_upper=True
        )
        addresses = [
            address for _, address in searcher.search(within, max(min(self.count, MAX_DIGESTS), 1), count=False).hits
        ]
        columns = (searcher.fast_field_values(name, addresses) for name in ("id", "digest"))
        return [(int(id or 0), int(digest or 0)) for id, digest in zip(*columns, strict=True)]

    def check(self) -> None:
        """Read a part of everything. Raises tantivy's errors if files are damaged."""
        searcher = self._index.searcher()
        for order in ("weight", "place"):
            addresses = _search(searcher, tantivy.Query.all_query(), order, 1)
            searcher.fast_field_values("id", addresses)

    def close(self) -> None:
        """Release the lock."""
        self._writer.wait_merging_threads()


def _fields(name: str, words: Sequence[str]) -> dict[str, str]:
    """What the fields of these words hold."""
    buckets: dict[str, list[str]] = defaultdict(list)
    for word in words:
        buckets[_bucket(name, word)].append(word)
    buckets[_beginnings(name)] = list({word[:length] for word in words for length in range(1, MAX_BEGINNING + 1)})
    return {field: " ".join(found) for field, found in buckets.items()}


def _search(searcher: tantivy.Searcher, query: tantivy.Query, order: str, limit: int) -> list[tantivy.DocAddress]:
    """Return the addresses of the documents that match, in order."""
    return [address for _, address in searcher.search(query, limit, count=False, order_by_field=order).hits]


def _merged(exact: Sequence[tantivy.DocAddress], near: Sequence[tantivy.DocAddress]) -> list[tantivy.DocAddress]:
    """All of `exact`, then the others of `near`."""
    found = {(address.segment_ord, address.doc) for address in exact}
    return [*exact, *(address for address in near if (address.segment_ord, address.doc) not in found)]


def compiled(query: Query, *, with_typos: bool) -> tantivy.Query:
    """The query as tantivy takes it."""
    field = "restricted_words" if query.is_restricted else "words"
    ways = []
    if query.words:
        each = [_word(field, word, with_typos=with_typos) for word in query.words[:MAX_WORDS]]
        ways.append(tantivy.Query.boolean_query([(Occur.Must, one) for one in each]))
    if query.together is not None:
        ways.append(_word(field, query.together, with_typos=with_typos))
    if query.whole:
        ways.append(tantivy.Query.term_query(SCHEMA, "names", query.whole, "basic"))
    must = [_any(ways)] if ways else [tantivy.Query.all_query()]
    must += [tantivy.Query.term_query(SCHEMA, "labels", label, "basic") for label in query.labels]
    if query.before is not None or query.since is not None:
        is_open = query.before is None
        within = tantivy.Query.range_query(
            SCHEMA, "place", tantivy.FieldType.Integer, query.since, query.before, include_upper=is_open
        )
        must.append(within)
    return tantivy.Query.boolean_query([(Occur.Must, one) for one in must])


def _word(name: str, word: Word, *, with_typos: bool) -> tantivy.Query:
    if word.is_prefix and 0 < len(word.text) <= MAX_BEGINNING and not (with_typos and word.typos):
        return tantivy.Query.term_query(SCHEMA, _beginnings(name), word.text, "basic")
    field = _bucket(name, word.text)
    distance = min(word.typos, 2) if with_typos else 0
    if not distance and not word.is_prefix:
        return tantivy.Query.term_query(SCHEMA, field, word.text, "basic")
    whole = tantivy.Query.fuzzy_term_query(SCHEMA, field, word.text, distance, True, False)
    if not word.is_prefix:
        return whole
    # Of beginnings with two typos tantivy's automaton misses some, so there is one at most.
    beginning = tantivy.Query.fuzzy_term_query(SCHEMA, field, word.text, min(distance, 1), True, True)
    return _any([whole, beginning]) if distance > 1 else beginning


def _any(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    listed = list(queries)
    if len(listed) == 1:
        return listed[0]
    return tantivy.Query.boolean_query([(Occur.Should, query) for query in listed])
