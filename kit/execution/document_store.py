"""The documents of a process: those that are trusted, and the others seen last."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, OperationDefinitionNode

from kit.prices import Pricing


@dataclass(frozen=True)
class Terms:
    """What an operation is admitted by: its price as a function of its variables; whether it asks for the schema."""

    pricing: Pricing
    introspects: bool


class Document:
    """A document that has been parsed and found within bounds. `key` is the SHA-256 of its text, in hexadecimals.

    It has `size` tokens. `is_valid` once it has been validated; `terms` are of its operations, by name, as they become
    known.
    """

    def __init__(self, key: str, node: DocumentNode, size: int) -> None:
        self.key = key
        self.node = node
        self.size = size
        self.is_valid = False
        self.is_trusted = False
        self.terms: dict[str | None, Terms] = {}
        self._operations = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]

    @property
    def text(self) -> str:
        """As it was sent."""
        assert self.node.loc is not None
        return self.node.loc.source.body

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of that name; without one, the only operation. None where that does not say which."""
        if name is None:
            return self._operations[0] if len(self._operations) == 1 else None
        return next((each for each in self._operations if each.name and each.name.value == name), None)


class Documents:
    """Keeps documents by the hash of their text.

    What is seen for the first time is kept in a segment of its own: a flood of documents that come once each pushes out
    nothing that is used. Each segment has at most `count` documents, of `tokens` tokens together (a token takes some
    600 bytes). Trusted ones stay. `read` parses a text and refuses what is out of bounds.
    """

    def __init__(self, read: Callable[[str], DocumentNode], count: int = 512, tokens: int = 60_000) -> None:
        self._read = read
        self._trusted: dict[str, Document] = {}
        self._once = _Segment(count, tokens)
        self._again = _Segment(count, tokens)

    def find(self, text: str) -> Document | None:
        """The document of this text, where it is kept."""
        key = key_of(text)
        found: Document | None = self._trusted.get(key) or self._again.get(key)
        if found is not None:
            return found
        seen_once: Document | None = self._once.pop(key, None)
        if seen_once is not None:
            self._again.add(seen_once)
        return seen_once

    def get(self, text: str) -> Document:
        """The document of this text, which need not be kept yet. Raises what `read` raises."""
        return self.find(text) or self._parsed(key_of(text), text)

    def keep(self, document: Document) -> None:
        """Keep a document that has been found valid."""
        document.is_valid = True
        if not any(document.key in kept for kept in (self._trusted, self._again, self._once)):
            self._once.add(document)

    def trust(self, text: str) -> Document:
        """Keep this document, which is valid, as long as the process runs. Raises what `read` raises."""
        key = key_of(text)
        if key not in self._trusted:
            found = self._again.pop(key, None) or self._once.pop(key, None) or self._parsed(key, text)
            found.is_valid = found.is_trusted = True
            self._trusted[key] = found
        return self._trusted[key]

    def trusted(self, key: str) -> Document | None:
        """The trusted document of that key."""
        return self._trusted.get(key)

    @property
    def has_trusted(self) -> bool:
        """Whether any document is trusted."""
        return bool(self._trusted)

    def _parsed(self, key: str, text: str) -> Document:
        node = self._read(text)
        tokens, token = 0, node.loc.start_token if node.loc else None
        while token is not None:
            tokens, token = tokens + 1, token.next
        return Document(key, node, tokens)

    def __iter__(self) -> Iterator[Document]:
        """All that are kept, the trusted ones first."""
        yield from self._trusted.values()
        yield from self._again.values()
        yield from self._once.values()


def key_of(text: str) -> str:
    """The SHA-256 of a document's text in UTF-8, in hexadecimals."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class _Segment(OrderedDict[str, Document]):
    """Documents, the one used last at the end."""

    def __init__(self, count: int, size: int) -> None:
        super().__init__()
        self._most = count, size
        self._size = 0

    def get(self, key: str, default: Any = None) -> Any:
        found = super().get(key, default)
        if found is not None:
            self.move_to_end(key)
        return found

    def add(self, document: Document) -> None:
        self[document.key] = document
        self._size += document.size
        count, size = self._most
        while len(self) > count or (self._size > size and len(self) > 1):
            self.pop(next(iter(self)))

    def pop(self, key: str, default: Any = None) -> Any:
        found = super().pop(key, default)
        if found is not None:
            self._size -= found.size
        return found
