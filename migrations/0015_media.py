from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from models.media import Bits


class Migration(migrations.Migration):
    dependencies = [("models", "0014_indexes_of_notifications")]

    initial = False

    operations = [
        ops.CreateModel(
            name="BannedPicture",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("hash", Bits(unique=True, generated=False, null=False)),
                ("reason", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "banned_pictures",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A picture that nobody may show: its PDQ hash, and the sentence that who sends it is told.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Erasure",
            options={
                "table": "erasures",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Objects of `token` to delete from storage once `due_at` has passed: those of `keys`, all where it is null.",
            },
        ),
        ops.AddField(
            model_name="Erasure",
            name="found",
            field=ArrayField(null=True, element_type="TEXT"),
        ),
        ops.AddField(
            model_name="Erasure",
            name="keys",
            field=ArrayField(null=True, element_type="TEXT"),
        ),
        ops.AlterField(
            model_name="Erasure",
            name="token",
            field=fields.CharField(db_index=True, max_length=32),
        ),
        ops.AddField(
            model_name="Upload",
            name="doubt",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Upload",
            name="failures",
            field=fields.IntField(db_default=0),
        ),
        ops.AddField(
            model_name="Upload",
            name="heavy",
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name="Upload",
            name="multipart",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Upload",
            name="original",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Upload",
            name="part_size",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Upload",
            name="photo_filter",
            field=fields.CharField(null=True, max_length=16),
        ),
        ops.AddField(
            model_name="Upload",
            name="progress",
            field=fields.FloatField(db_default=0),
        ),
        ops.AddField(
            model_name="Upload",
            name="renditions",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="Upload",
            name="vetted",
            field=fields.BooleanField(db_default=False),
        ),
    ]
