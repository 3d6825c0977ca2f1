"""Names of the live channels. Messages are only an ID or a number; listeners read the rest."""


def uploads_of(user_id: int) -> str:
    """Ids of this person's uploads whose status has changed."""
    return f"uploads:{user_id}"


def conversations_of(user_id: int) -> str:
    """Events of this user's conversations (`domain.messages.log.Entry`)."""
    return f"conversations:{user_id}"


def mls_of(device_id: int) -> str:
    """The newest sequence number in the mailbox of this device."""
    return f"mls:{device_id}"


def notifications_of(user_id: int) -> str:
    """New notifications of this user, or a changed read state."""
    return f"notifications:{user_id}"
