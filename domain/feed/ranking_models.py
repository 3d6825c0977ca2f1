"""The models of interest that were trained, by their version."""

import logging
import math
import time
from collections.abc import Callable

import msgspec

from clients.postgres import Database, Queries
from domain.feed.ranking import Model, load, shipped
from kit.background import Background

LOOK_EVERY = 60.0

log = logging.getLogger(__name__)


async def current_model(db: Queries) -> Model:
    """The model with the highest version; the shipped one where there is none, or where it is over other features."""
    text = await db.fetchval("SELECT model FROM ranking_models ORDER BY version DESC LIMIT 1")
    if text is None:
        return shipped()
    try:
        return load(text)
    except msgspec.DecodeError as error:
        log.warning("the newest ranking model is not used: %s; train one", error)
        return shipped()


class Current:
    """The model that a process ranks by. It is read again once a minute, in the background of a request."""

    def __init__(self, db: Queries, background: Background, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._background = background
        self._clock = clock
        self._model = shipped()
        self._look_at = -math.inf

    def get(self) -> Model:
        """The newest that is known here."""
        if self._clock() >= self._look_at:
            self._look_at = self._clock() + LOOK_EVERY
            self._background.spawn(self.look(), "look for a model")
        return self._model

    async def look(self) -> None:
        """Use the newest that there is."""
        self._model = await current_model(self._db)


async def next_version(db: Queries) -> int:
    """The version of a model that is about to be trained."""
    return int(await db.fetchval("SELECT coalesce(max(version), $1) + 1 FROM ranking_models", shipped().version))


async def store(db: Database, model: Model, metrics: msgspec.Struct) -> bool:
    """Make `model` the current one; False where its version has been given to another meanwhile."""
    return bool(
        await db.fetchval(
            """
            INSERT INTO ranking_models (id, version, model, metrics) VALUES (next_id(0), $1, $2::jsonb, $3::jsonb)
            ON CONFLICT (version) DO NOTHING RETURNING true
            """,
            model.version,
            msgspec.json.encode(model).decode(),
            msgspec.json.encode(metrics).decode(),
        )
    )
