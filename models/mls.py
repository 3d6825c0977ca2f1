from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.accounts import User


class MlsDevice(Model):
    """A client of MLS (RFC 9420). Its mailbox has given out the sequences up to `last_sequence`."""

    id = fields.BigIntField(primary_key=True, generated=False)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User", on_delete=fields.CASCADE)
    signature_key = fields.BinaryField()
    last_sequence = fields.BigIntField(db_default=0)
    seen_at = fields.DatetimeField()

    class Meta:
        table = "mls_devices"
        unique_together = (("user_id", "signature_key"),)


class MlsKeyPackage(Model):
    """What adds a device to a group, once: for the group `claimed_for`. `content` goes when it has been used.

    The row stays until `not_after`, so that nobody publishes the package again. A last resort is never claimed.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    device: fields.ForeignKeyRelation[MlsDevice] = fields.ForeignKeyField("models.MlsDevice", on_delete=fields.CASCADE)
    ref = fields.BinaryField()
    content = fields.BinaryField(null=True)
    is_last_resort = fields.BooleanField()
    claimed_for = fields.BigIntField(null=True)
    not_after = fields.DatetimeField(db_index=True)

    class Meta:
        table = "mls_key_packages"
        unique_together = (("ref",),)
        indexes = [Index(fields=("device_id", "claimed_for", "id"), name="mls_key_packages_of_device")]


class MlsGroup(Model):
    """A group of MLS, whose group id is our opaque one; `epoch` is that which the last accepted commit began."""

    id = fields.BigIntField(primary_key=True, generated=False)
    epoch = fields.BigIntField(db_default=0)

    class Meta:
        table = "mls_groups"


class MlsMember(Model):
    """A device, of `user_id`, in a group, which it can read from the epoch `since_epoch` on."""

    id = fields.BigIntField(primary_key=True, generated=False)
    group: fields.ForeignKeyRelation[MlsGroup] = fields.ForeignKeyField("models.MlsGroup", on_delete=fields.CASCADE)
    device_id = fields.BigIntField(db_index=True)
    user_id = fields.BigIntField()
    since_epoch = fields.BigIntField()

    class Meta:
        table = "mls_members"
        unique_together = (("group_id", "device_id"),)


class MlsMessage(Model):
    """What a device sent to a group: `content` is an MLSMessage that the server cannot read. Kept while it waits."""

    id = fields.BigIntField(primary_key=True, generated=False)
    group_id = fields.BigIntField()
    epoch = fields.BigIntField()
    kind = fields.CharField(max_length=12)
    content = fields.BinaryField()

    class Meta:
        table = "mls_messages"


class MlsDelivery(Model):
    """A message that waits for a device, in the order of `sequence`; the row goes when it is acknowledged."""

    id = fields.BigIntField(primary_key=True, generated=False)
    device: fields.ForeignKeyRelation[MlsDevice] = fields.ForeignKeyField("models.MlsDevice", on_delete=fields.CASCADE)
    sequence = fields.BigIntField()
    message_id = fields.BigIntField(db_index=True)

    class Meta:
        table = "mls_deliveries"
        unique_together = (("device_id", "sequence"),)
