from datetime import datetime
from enum import Enum

import strawberry

from domain.push import rows
from schema.fields import attribute
from schema.types.node import Node, node


@strawberry.enum(description="By whom a device is reached.")
class DevicePlatform(Enum):
    APNS = strawberry.enum_value("APNS", description="Apple Push Notification service.")
    FCM = strawberry.enum_value("FCM", description="Firebase Cloud Messaging.")
    WEB_PUSH = strawberry.enum_value("WEB_PUSH", description="The push service of a browser.")


@node(
    rows.Device,
    "Where the viewer is reached by push while nothing of theirs is connected. It is gone when its session ends, when "
    "its push service knows it no longer, or when somebody else registers its token.",
)
class Device(Node):
    platform: DevicePlatform = attribute("By whom it is reached.")
    created_at: datetime = attribute("When it was registered first.")
