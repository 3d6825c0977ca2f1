from tortoise import fields
from tortoise.models import Model


class OutboxEvent(Model):
    """A domain event, written in the transaction it tells of; `sent_at` is when the relay put it on the stream.

    `consumer` is the only consumer group that it is for. Null: all groups.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    kind = fields.CharField(max_length=40)
    payload = fields.JSONField[dict[str, object]]()
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    consumer = fields.CharField(max_length=20, null=True)

    class Meta:
        table = "outbox"


class RelayState(Model):
    """One row: the Valkey that the outbox was last relayed to, by its run id and the epoch of its stream."""

    id = fields.SmallIntField(primary_key=True, generated=False)
    run_id = fields.CharField(max_length=40)
    epoch = fields.CharField(max_length=32)

    class Meta:
        table = "relay_state"


class IdempotencyKey(Model):
    """What a mutation with a client's key did, kept for 7 days: `result` holds the ids of the rows it made."""

    id = fields.BigIntField(primary_key=True, generated=False)
    viewer_id = fields.BigIntField()
    mutation = fields.CharField(max_length=40)
    key = fields.CharField(max_length=64)
    input_hash = fields.BinaryField()
    result = fields.JSONField[list[int]]()
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "idempotency_keys"
        unique_together = (("viewer_id", "mutation", "key"),)


class Tally(Model):
    """What has become more or fewer, `counts` of (counter, id, by), and is not in the counters yet.

    `sent_at` is when the relay put it on the stream. Whoever adds it to the counters deletes it with that.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    counts = fields.JSONField[list[object]]()
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "tallies"


class Job(Model):
    """Work that a request has promised and did not wait for: `kind` says what is done with `subject_id`.

    Whoever works on it has it until `due_at`; the row goes when the work is done. `failures` counts the tries that
    failed since it last made progress.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    kind = fields.CharField(max_length=20)
    subject_id = fields.BigIntField()
    due_at = fields.DatetimeField(db_index=True)
    created_at = fields.DatetimeField()
    failures = fields.IntField(db_default=0)

    class Meta:
        table = "jobs"
        unique_together = (("kind", "subject_id"),)


class ParkedWork(Model):
    """Work that its queue could not do, kept until it is redriven (`domain/parking`).

    `source` identifies the work within `queue`. `payload` is its row or event as JSON; text, since it may be anything
    where the work could not be decoded.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    queue = fields.CharField(max_length=40)
    source = fields.CharField(max_length=40)
    kind = fields.CharField(max_length=40)
    payload = fields.TextField()
    reason = fields.CharField(max_length=20)
    error = fields.TextField()
    parked_at = fields.DatetimeField()

    class Meta:
        table = "parked_work"
        unique_together = (("queue", "source"),)
