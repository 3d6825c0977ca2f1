"""The fields of the items of a list that a client asks for."""

from collections.abc import Mapping, Sequence
from typing import Any

Arguments = Mapping[str, Any]
Asked = Mapping[str, Sequence[Arguments]]
"""Fields of the items by name, each with its arguments every time the field is selected."""
