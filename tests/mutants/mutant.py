"""A deliberate fault of the product."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutant:
    """The fault that replaces `old`, which occurs exactly once in `file`, by `new`.

    `rule` says what the product does without the fault. At least one of the tests `caught_by` (`file::function`, both
    paths from the root of the repository) must fail, within `timeout_s`.
    """

    rule: str
    file: str
    old: str
    new: str
    caught_by: Sequence[str]
    timeout_s: float = 180

    def applied(self, text: str) -> str:
        """The text of the file with the fault. Raises ValueError where `old` is not in it exactly once."""
        if (count := text.count(self.old)) != 1:
            raise ValueError(f"the text occurs {count} times in {self.file}, not once")
        return text.replace(self.old, self.new)


def in_file(file: str, tests_file: str) -> Callable[..., Mutant]:
    """What makes mutants of `file`: call it with the rule, the old text, the new one, and the tests that catch it.

    Those are functions of `tests_file` where they do not say of which other file they are.
    """

    def mutant(rule: str, old: str, new: str, *tests: str) -> Mutant:
        return Mutant(rule, file, old, new, [test if "::" in test else f"{tests_file}::{test}" for test in tests])

    return mutant
