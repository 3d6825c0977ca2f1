"""Privacy: conversations and messages."""

from tests.mutants.mutant import in_file

_rule = in_file("domain/privacy.py", "tests/domain/test_privacy.py")

MUTANTS = [
    _rule(
        "a conversation is for its members",
        "if conversation is not None and conversation.member(viewer_id) else None",
        "if conversation is not None else None",
        "test_conversations_are_visible_to_their_members",
    ),
    _rule(
        "a missing conversation is hidden",
        "if conversation is not None and conversation.member(viewer_id) else None",
        "if conversation.member(viewer_id) else None",
        "test_conversations_are_visible_to_their_members",
    ),
    _rule(
        "a message of a hidden conversation is hidden",
        "member = conversation.member(viewer_id) if conversation is not None else None",
        "member = conversation.member(viewer_id)",
        "test_members_see_messages_sent_after_they_joined",
    ),
    _rule(
        "a message is for members only",
        "and member is not None and message.seq > member.begins",
        "and (member is None or message.seq > member.begins)",
        "test_members_see_messages_sent_after_they_joined",
    ),
    _rule(
        "messages from before somebody joined are hidden",
        "and message.seq > member.begins",
        "",
        "test_members_see_messages_sent_after_they_joined",
    ),
    _rule(
        "the last message before somebody joined is hidden",
        "message.seq > member.begins",
        "message.seq >= member.begins",
        "test_members_see_messages_sent_after_they_joined",
    ),
    _rule(
        "a missing message is hidden",
        "message if message is not None and member",
        "message if member",
        "test_members_see_messages_sent_after_they_joined",
    ),
]
