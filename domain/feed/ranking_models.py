"""Trained interest models, by version."""

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
    """Return the model with the highest version; the default model if there is none, or if it has other features."""
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
        """Return the newest model that this process knows."""
        if self._clock() >= self._look_at:
            self._look_at = self._clock() + LOOK_EVERY
            self._background.spawn(self.look(), "look for a model")
        return self._model

    async def look(self) -> None:
        """Load the newest model."""
        self._model = await current_model(self._db)


async def next_version(db: Queries) -> int:
    """Return the version of the next model."""
    return int(await db.fetchval("SELECT coalesce(max(version), $1) + 1 FROM ranking_models", shipped().version))


async def store(db: Database, model: Model, metrics: msgspec.Struct) -> bool:
    """Make `model` the current one. Returns False if another process has used its version in the meantime."""
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
