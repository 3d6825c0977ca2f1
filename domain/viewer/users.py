"""Users, as one viewer sees them."""

from collections.abc import Sequence
from functools import cached_property, partial

from domain import privacy
from domain.accounts import reads
from domain.accounts.rows import User
from domain.viewer.noun import Noun
from kit.batching import Loader


class Users(Noun):
    """Users."""

    @cached_property
    def by_id(self) -> Loader[int, User | None]:
        """None where the user does not exist, or the viewer cannot see them."""
        return Loader(self._viewer.load_users)

    async def actors(self, ids: Sequence[int]) -> list[User | None]:
        """The users with these IDs whose likes and follows the viewer may see; None in the place of others."""
        users = await self.by_id.load_many(ids)
        return [user if user is not None and privacy.can_interact(user) else None for user in users]

    @cached_property
    def id_by_name(self) -> Loader[str, int]:
        """0 where no user has this name."""
        return Loader(partial(reads.user_ids, self._db))

    @cached_property
    def email(self) -> Loader[int, str | None]:
        """The e-mail address of an account. Only its owner may read it, which is not checked here."""
        return Loader(partial(reads.emails, self._db))

    @cached_property
    def hidden_follows(self) -> Loader[int, tuple[int, int]]:
        """How many (followers, followees) of a user are hidden from the viewer."""
        return Loader(partial(reads.hidden_follows, self._db, self._viewer.id))
