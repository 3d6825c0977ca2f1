"""What people were told has happened: the state that everything must have once the storm is over.

Each thing has one writer, who does one operation at a time. After a try without a certain outcome it may take effect
at any later time, so its writer may repeat it but never takes it back: the thing is retired.
"""

from dataclasses import dataclass, field

from tests.chaos.client import Answer


@dataclass
class Switch:
    """Something that is on or off; `value` is None where nobody can know."""

    value: bool | None = False
    is_retired: bool = False

    def set(self, value: bool, answer: Answer) -> None:
        """What `answer` says of an operation that sets it to `value`."""
        if answer.is_done:
            self.value = value
        elif answer.may_come_late and self.value is not value:
            self.value = None
        self.is_retired |= answer.may_come_late


@dataclass
class Text:
    """A text that its writer replaces by others. None where nobody can know."""

    value: str | None = ""
    is_retired: bool = False

    def set(self, value: str, answer: Answer) -> None:
        if answer.is_done:
            self.value = value
        elif answer.may_come_late:
            self.value = None
        self.is_retired |= answer.may_come_late


@dataclass
class Item:
    """Something that was made: a post, story, comment or message, named by a text of its own.

    `id` is empty where the making was not acknowledged. `has_bytes` says that storage acknowledged what it shows.
    """

    author: int
    text: str
    place: str = ""
    id: str = ""
    has_bytes: bool = True
    is_deleted: Switch = field(default_factory=Switch)

    @property
    def is_there(self) -> bool | None:
        """Whether others must see it; None where nobody can know."""
        if self.is_deleted.value is True:
            return False
        return True if self.id and self.has_bytes and self.is_deleted.value is False else None


@dataclass
class Ledger:
    """By number of the person; items in the order in which they were acknowledged or given up."""

    follows: dict[tuple[int, int], Switch] = field(default_factory=dict)
    likes: dict[tuple[int, str], Switch] = field(default_factory=dict)
    seen: dict[tuple[int, str], Switch] = field(default_factory=dict)
    bios: dict[int, Text] = field(default_factory=dict)
    posts: list[Item] = field(default_factory=list)
    stories: list[Item] = field(default_factory=list)
    comments: list[Item] = field(default_factory=list)
    messages: list[Item] = field(default_factory=list)
    reads: dict[tuple[int, str], str] = field(default_factory=dict)
    """By person and conversation: the last message up to which they have read, by its text."""
    pictures: dict[str, list[str]] = field(default_factory=dict)
    """By post: the URLs of pictures that somebody was shown."""

    def follows_now(self, reader: int, author: int) -> bool | None:
        """Whether one follows another."""
        known = self.follows.get((reader, author))
        return known.value if known else False
