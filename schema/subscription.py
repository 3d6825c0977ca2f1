import strawberry

from resolvers import feed, mls, uploads
from schema.fields import argument, subscribed
from schema.permissions import signed_in
from schema.scalars import Long
from schema.types.mls import MlsMessage
from schema.types.upload import Upload


@strawberry.type(description="What can be watched.")
class Subscription:
    upload_updated: Upload = subscribed(
        uploads.watch,
        "The state of each now, then each change, until all are READY, REJECTED or EXPIRED.",
        signed_in,
        upload_ids=argument(list[strawberry.ID], "1 to 30 uploads of the viewer's."),
    )
    feed_has_new: bool = subscribed(
        feed.watch,
        "True each time, at most every 5 s, that a new first page of the viewer's feed would begin with a newer post.",
        signed_in,
    )
    mls_messages: MlsMessage = subscribed(
        mls.watch,
        "What waits for a device, in order, then what comes. It stays until it is acknowledged.",
        signed_in,
        device_id=argument(strawberry.ID, "A device of the viewer's."),
        after=argument(Long | None, "What comes after this `sequence` alone.", 0),
    )
