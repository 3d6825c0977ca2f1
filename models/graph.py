from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Relation(Model):
    """How `from_id` stands to `to_id`: one row for each `kind`, which is a bit of `domain.graph.rows.Kind`.

    A follow `is_counted` while both accounts are active. They may live in two shards, so neither is a foreign key.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    from_id = fields.BigIntField()
    to_id = fields.BigIntField()
    kind = fields.SmallIntField()
    is_counted = fields.BooleanField(db_default=True)

    class Meta:
        table = "relations"
        unique_together = (("from_id", "to_id", "kind"),)
        indexes = [
            Index(fields=("from_id", "kind", "id"), name="relations_from"),
            Index(fields=("to_id", "kind", "id"), name="relations_to"),
        ]


class PushedAnyway(Model):
    """A follower of a pulled author who pulls as many others as they may: posts are pushed to them after all."""

    id = fields.BigIntField(primary_key=True, generated=False)
    author_id = fields.BigIntField()
    reader_id = fields.BigIntField()

    class Meta:
        table = "pushed_anyway"
        unique_together = (("author_id", "reader_id"),)
        indexes = [Index(fields=("reader_id", "id"), name="pushed_anyway_of_reader")]
