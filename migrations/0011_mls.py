from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0010_indexes_of_messages")]

    initial = False

    operations = [
        ops.CreateModel(
            name="MlsDevice",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("signature_key", fields.BinaryField()),
                ("last_sequence", fields.BigIntField(db_default=0)),
                ("seen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mls_devices",
                "app": "models",
                "unique_together": (("user_id", "signature_key"),),
                "pk_attr": "id",
                "table_description": "A client of MLS (RFC 9420). Its mailbox has given out the sequences up to `last_sequence`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MlsDelivery",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                (
                    "device",
                    fields.ForeignKeyField(
                        "models.MlsDevice",
                        source_field="device_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("sequence", fields.BigIntField()),
                ("message_id", fields.BigIntField(db_index=True)),
            ],
            options={
                "table": "mls_deliveries",
                "app": "models",
                "unique_together": (("device_id", "sequence"),),
                "pk_attr": "id",
                "table_description": "A message that waits for a device, in the order of `sequence`; the row goes when it is acknowledged.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MlsGroup",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("epoch", fields.BigIntField(db_default=0)),
            ],
            options={
                "table": "mls_groups",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A group of MLS, whose group id is our opaque one; `epoch` is that which the last accepted commit began.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MlsKeyPackage",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                (
                    "device",
                    fields.ForeignKeyField(
                        "models.MlsDevice",
                        source_field="device_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("ref", fields.BinaryField()),
                ("content", fields.BinaryField(null=True)),
                ("is_last_resort", fields.BooleanField()),
                ("claimed_for", fields.BigIntField(null=True)),
                ("not_after", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mls_key_packages",
                "app": "models",
                "unique_together": (("ref",),),
                "indexes": [Index(fields=["device_id", "claimed_for", "id"], name="mls_key_packages_of_device")],
                "pk_attr": "id",
                "table_description": "What adds a device to a group, once: for the group `claimed_for`. `content` goes when it has been used.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MlsMember",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                (
                    "group",
                    fields.ForeignKeyField(
                        "models.MlsGroup",
                        source_field="group_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("device_id", fields.BigIntField(db_index=True)),
                ("user_id", fields.BigIntField()),
                ("since_epoch", fields.BigIntField()),
            ],
            options={
                "table": "mls_members",
                "app": "models",
                "unique_together": (("group_id", "device_id"),),
                "pk_attr": "id",
                "table_description": "A device, of `user_id`, in a group, which it can read from the epoch `since_epoch` on.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MlsMessage",
            fields=[
                ("id", fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("group_id", fields.BigIntField()),
                ("epoch", fields.BigIntField()),
                ("kind", fields.CharField(max_length=12)),
                ("content", fields.BinaryField()),
            ],
            options={
                "table": "mls_messages",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What a device sent to a group: `content` is an MLSMessage that the server cannot read. Kept while it waits.",
            },
            bases=["Model"],
        ),
    ]
