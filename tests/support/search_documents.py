"""Documents for a search engine."""

from clients.search import Document


def document(id: int, *words: str, **more: object) -> Document:
    """A document with these words, and of everything else what `more` does not say."""
    filled = {"names": (), "restricted_words": (), "labels": (), "weight": id % 7, "place": id, "digest": id} | more
    return Document(id=id, words=words, **filled)  # type: ignore[arg-type]
