"""All mutants, by area."""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.mutants.mutant import Mutant

FOLDER = Path(__file__).parent / "areas"

AREAS: Mapping[str, Sequence[Mutant]] = {
    path.stem: importlib.import_module(f"tests.mutants.areas.{path.stem}").MUTANTS
    for path in sorted(FOLDER.glob("[a-z]*.py"))
}
"""The name of an area is that of its module in `areas`."""
