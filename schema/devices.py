from datetime import datetime
from enum import Enum

import strawberry

from domain.push import rows
from schema.fields import attribute
from schema.nodes import Node, node


@strawberry.enum(description="The push service through which a device receives notifications.")
class DevicePlatform(Enum):
    APNS = strawberry.enum_value("APNS", description="Apple Push Notification service (APNs).")
    FCM = strawberry.enum_value("FCM", description="Firebase Cloud Messaging (FCM).")
    WEB_PUSH = strawberry.enum_value("WEB_PUSH", description="The push service of a browser (Web Push).")


@node(
    rows.Device,
    "A device registered for push notifications. Pushes are sent only while none of the viewer's "
    "clients has an open subscription. A registration ends when its session ends, when the push "
    "service no longer accepts the token, or when another user registers the same token.",
)
class Device(Node):
    platform: DevicePlatform = attribute("The push service of the device.")
    created_at: datetime = attribute("Time at which the device was first registered.")
