"""Manifests of trusted documents: what clients were built with, by the hash of its text."""

from pathlib import Path
from typing import Any

import msgspec

from kit.execution.document_store import key_of


class WrongManifest(Exception):
    """A file is no manifest; the message is a sentence that says why."""


def load(path: Path) -> list[str]:
    """The texts of a manifest's documents. Raises WrongManifest, OSError.

    It is JSON: an object of texts by their SHA-256, as Relay and GraphQL Code Generator write it, or what Apollo's
    generate-persisted-query-manifest writes.
    """
    try:
        found: Any = msgspec.json.decode(path.read_bytes())
        if isinstance(found, dict) and found.get("format") == "apollo-persisted-query-manifest":
            found = {each["id"]: each["body"] for each in found["operations"]}
        texts = msgspec.convert(found, dict[str, str])
    except (msgspec.DecodeError, msgspec.ValidationError, LookupError, TypeError) as error:
        raise WrongManifest(f"{path} is no manifest of documents: {error}.") from None
    for key, text in texts.items():
        if key.removeprefix("sha256:").lower() != key_of(text):
            raise WrongManifest(f"{path} has a document under {key}, which is not the SHA-256 of its text.")
    return list(texts.values())


def write(texts: list[str]) -> str:
    """A manifest of these documents."""
    return msgspec.json.format(msgspec.json.encode({key_of(text): text for text in texts}), indent=2).decode() + "\n"
