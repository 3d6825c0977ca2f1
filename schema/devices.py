"""Devices registered for push notifications."""

from datetime import datetime
from enum import Enum

import strawberry

from domain.limits import Budget
from domain.push import rows
from resolvers import devices
from schema import bounds
from schema.fields import argument, attribute, mutates, resolved, up_to_bytes
from schema.nodes import Node, node
from schema.payload import Payload, deleted_id_field
from schema.permissions import signed_in


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


@strawberry.input(description="Keys of a Web Push subscription, as in `PushSubscription.toJSON().keys`.")
class WebPushKeysInput:
    p256dh: str = attribute("Public key of the subscription (P-256), in base64url without padding.")
    auth: str = attribute("Authentication secret of the subscription, 16 bytes in base64url without padding.")


@strawberry.input(description="A device to register for push notifications.")
class RegisterDeviceInput:
    platform: DevicePlatform = attribute("Push service of the device.")
    token: str = attribute(
        "For APNS and FCM: the device token that the app received. For WEB_PUSH: the endpoint URL of the subscription."
    )
    keys: WebPushKeysInput | None = attribute(
        "Keys of the Web Push subscription. Required for WEB_PUSH, ignored for other platforms.", default=None
    )


@strawberry.type(description="Result of registering a device for push notifications.")
class DevicePayload(Payload):
    device: Device | None = attribute("The registered device.", default=None)


@strawberry.type(description="Result of unregistering a device.")
class UnregisterDevicePayload(Payload):
    deleted_id: strawberry.ID | None = deleted_id_field()


@strawberry.type
class Query:
    web_push_key: str | None = resolved(
        devices.web_push_key,
        "Public key of the server for Web Push, to pass to browsers as `applicationServerKey`. Null when "
        "the server does not offer Web Push.",
        up_to_bytes(bounds.KEY_BYTES),
    )


@strawberry.type
class Mutation:
    register_device: DevicePayload | None = mutates(
        devices.register,
        DevicePayload,
        "Registers a device for push notifications to the viewer's current session. Repeating the request "
        "has no further effect. When the viewer has more than 10 devices, the one registered longest ago "
        "is removed.",
        signed_in,
        budget=Budget(60, per=3600),
        input=argument(RegisterDeviceInput, "The device to register."),
    )
    unregister_device: UnregisterDevicePayload | None = mutates(
        devices.unregister,
        UnregisterDevicePayload,
        "Stops push notifications to a device of the viewer.",
        signed_in,
        device_id=argument(strawberry.ID, "ID of the device."),
    )
