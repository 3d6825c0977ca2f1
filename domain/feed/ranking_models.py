"""The models of interest that were trained, by their version."""

import logging

import msgspec

from clients.postgres import Database, Queries
from domain.feed.ranking import Model, load, shipped

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
