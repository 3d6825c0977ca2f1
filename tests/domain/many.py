"""A database of 200,000 rows a table, by expressions: much of one thing for a few, the rest spread over all."""

from tests.privacy.pictures import picture

ROWS, PEOPLE = 200_000, 20_000
# People of whom there is much of one thing; everything else is spread over the others.
AUTHOR, STAR, IDOL, FAN, VIEWER, COMMENTER, LIKER, SAVER, TAGGED, OWNER, TALKER = range(1, 12)
POST, COMMENT, UPLOAD, THING, TALK, SAID = (n * 1_000_000 for n in range(1, 7))  # each is the first, and has much on it
# Columns of tables by expressions over `g`, the number of the row, from 0; `{who}`, `{post}`... are spread evenly.
SPREAD = {
    "who": f"21 + g * 7919 % {PEOPLE - 20}",
    "other": f"21 + (g * 104729 + g / {PEOPLE - 20}) % {PEOPLE - 20}",
    "post": f"{POST} + 1 + g * 7907 % {ROWS - 1}",
    "comment": f"{COMMENT} + 1 + g * 7901 % {ROWS - 1}",
    "upload": f"{UPLOAD} + 1 + g * 7883 % {ROWS - 1}",
    "thing": f"{THING} + 1 + g * 7879 % {PEOPLE - 1}",
    "week": f"now() - interval '7 days' * g / {ROWS}",
    "then": f"now() - interval '300 days' + interval '300 days' * g / {ROWS}",
}
TABLES: dict[str, dict[str, str]] = {
    "users": {
        "id": "g + 1",
        "username": "'u' || g",
        "email": "'u' || g || '@example.com'",
        "display_name": "''",
        "password_hash": "''",
        "birth_date": "'1990-01-01'",
        "created_at": "{then}",
    },
    "relations": {
        "id": "g",
        "from_id": f"""CASE WHEN g < 100000 THEN 100 + g / 2 WHEN g < 105000 THEN {FAN} WHEN g < 105500 THEN {VIEWER}
                   WHEN g < 130000 THEN 100 + g ELSE 21 + g % {PEOPLE - 20} END""",
        "to_id": f"""CASE WHEN g < 100000 THEN {STAR} + g % 2 WHEN g < 105500 THEN 100 + g % 5000
                 WHEN g < 110000 THEN {VIEWER} WHEN g < 130000 THEN {STAR} ELSE {{other}} END""",
        "kind": """CASE WHEN g < 105000 THEN 1 WHEN g < 110000 THEN 4 WHEN g < 130000 THEN 2 WHEN g < 160000 THEN 4
                ELSE 1 END""",
    },
    "pushed_anyway": {
        "id": "g",
        "author_id": f"CASE WHEN g < 50000 THEN {STAR} ELSE {{who}} END",
        "reader_id": "100 + g",
    },
    "posts": {
        "id": f"{POST} + g",
        "author_id": f"CASE WHEN g % 10 = 0 THEN {AUTHOR} ELSE {{who}} END",
        "status": "'PUBLISHED'",
        "caption": "'words'",
        "location_id": f"CASE WHEN g % 10 = 1 THEN {THING} WHEN g % 2 = 0 THEN {{thing}} END",
        "created_at": "{then}",
        "published_at": "{then}",
    },
    "comments": {
        "id": f"{COMMENT} + g",
        "post_id": f"CASE WHEN g < 50000 THEN {POST} ELSE {{post}} END",
        "parent_id": f"CASE WHEN g BETWEEN 1 AND 20000 THEN {COMMENT} WHEN g % 2 = 0 THEN {{comment}} END",
        "author_id": f"CASE WHEN g % 10 = 0 THEN {COMMENTER} ELSE {{who}} END",
        "text": "'words'",
        "created_at": "{then}",
    },
    "likes": {
        "id": "g",
        "subject_id": f"""CASE WHEN g < 40000 THEN {POST} WHEN g < 60000 THEN {COMMENT} WHEN g % 2 = 0 THEN {{post}}
                      ELSE {{comment}} END""",
        "user_id": f"CASE WHEN g < 60000 THEN 100 + g WHEN g % 10 = 0 THEN {LIKER} ELSE {{who}} END",
    },
    "saves": {
        "id": "g",
        "user_id": f"CASE WHEN g < 20000 THEN 100 + g WHEN g < 40000 THEN {SAVER} ELSE {{who}} END",
        "post_id": f"CASE WHEN g < 20000 THEN {POST} ELSE {{post}} END",
    },
    "impressions": {
        "id": "g",
        "user_id": f"CASE WHEN g < 20000 THEN {SAVER} WHEN g < 40000 THEN 100 + g ELSE {{who}} END",
        "post_id": f"CASE WHEN g >= 20000 AND g < 40000 THEN {POST} ELSE {{post}} END",
        "position": "0",
        "feed_order": "'RANKED'",
        "age_ms": "g",
        "likes": "0",
        "comments": "0",
        "photos": "1",
        "caption_length": "0",
        "hashtags": "0",
        "has_location": "false",
        "tie": "0",
    },
    "hashtags": {"id": f"{THING} + g", "name": "'t' || g"},
    "locations": {"id": f"{THING} + g", "digest": "'d' || g", "name": "'a place'"},
    "taggings": {
        "id": "g",
        "hashtag_id": f"CASE WHEN g < 50000 THEN {THING} ELSE {{thing}} END",
        "post_id": f"{POST} + g",
        "author_id": f"CASE WHEN g % 10 = 0 THEN {AUTHOR} ELSE {{who}} END",
        "published_at": "{then}",
    },
    "mentions": {
        "id": "g",
        "source_id": "CASE WHEN g % 2 = 0 THEN {post} ELSE {comment} END",
        "user_id": f"CASE WHEN g % 10 = 0 THEN {SAVER} ELSE {{who}} END",
        "position": "0",
    },
    "uploads": {
        "id": f"{UPLOAD} + g",
        "owner_id": f"CASE WHEN g < 50 THEN {OWNER} ELSE {{who}} END",
        "kind": "'PHOTO'",
        "content_type": "'image/jpeg'",
        "byte_size": "1",
        "token": "lpad(g::text, 32, '0')",
        "status": """CASE WHEN g < 198000 THEN 'READY' WHEN g < 199000 THEN 'AWAITING_BYTES' WHEN g < 199900
                  THEN 'PROCESSING' WHEN g < 199950 THEN 'IN_REVIEW' ELSE 'EXPIRED' END""",
        "media": f"'{picture(1)}'",
        "progress": "1",
        "doubt": "CASE WHEN g BETWEEN 199900 AND 199949 THEN 'x' END",
        "original": "'x'",
        "attempt": "0",
        "used": "g < 199900",
        "created_at": "{then}",
        "expires_at": "{then}",
    },
    "attachments": {
        "id": "g",
        "upload_id": f"{UPLOAD} + g",
        "post_id": f"CASE WHEN g >= 50 THEN {POST} + g END",
        "position": "0",
    },
    "user_tags": {
        "id": "g",
        "upload_id": "{upload}",
        "user_id": f"CASE WHEN g % 10 = 0 THEN {TAGGED} ELSE {{who}} END",
        "position": "0",
        "x": "0",
        "y": "0",
    },
    "outbox": {
        "id": "g",
        "kind": "'PostPublished'",
        "payload": "jsonb_build_object('counts', jsonb_build_array(jsonb_build_array('post.likes', {post}, 1)))",
        "created_at": "{week}",
        "sent_at": f"CASE WHEN g < {ROWS} - 500 THEN {{week}} END",
    },
    "tallies": {"id": "g", "counts": "'[[\"post.likes\", 1, 1]]'", "sent_at": "now()"},
    "idempotency_keys": {
        "id": "g",
        "viewer_id": f"CASE WHEN g < 1000 THEN {OWNER} ELSE {{who}} END",
        "mutation": "'addComment'",
        "key": "'k' || g",
        "input_hash": "''",
        "result": "'[1]'",
        "created_at": "{week}",
    },
    "conversations": {
        "id": f"{TALK} + g",
        "key_id": "'new'",
        "sealed_key": "''",
        "created_at": "{then}",
        "updated_at": "{then}",
    },
    "members": {
        "id": "g",
        "conversation_id": f"{TALK} + g / 10",
        "user_id": f"CASE WHEN g % 10 = 9 THEN {TALKER} ELSE {{who}} + g % 2 END",
        "joined_at": "{then}",
        "updated_at": "{then}",
        "unread": "CASE WHEN g % 100 = 9 THEN 1 ELSE 0 END",
    },
    "messages": {
        "id": f"{SAID} + g",
        "conversation_id": f"CASE WHEN g < 50000 THEN {TALK} ELSE {TALK} + 1 + g % {PEOPLE - 1} END",
        "seq": "g + 1",
        "sender_id": f"CASE WHEN g % 10 = 0 THEN {TALKER} ELSE {{who}} END",
        "attached_tag": "CASE WHEN g % 100 = 0 THEN 3 END",
        "attached_id": f"CASE WHEN g % 100 = 0 THEN {UPLOAD} + g END",
        "created_at": "{then}",
    },
    "inboxes": {"id": "g + 1", "last_seq": f"{ROWS}"},
    "conversation_log": {
        "id": "g",
        "user_id": f"CASE WHEN g % 4 = 0 THEN {TALKER} ELSE {{who}} END",
        "seq": "g",
        "event_id": "g",
        "kind": "1",
        "conversation_id": f"{TALK}",
        "subject_id": f"{SAID} + g",
    },
    "sessions": {
        "id": "g",
        "user_id": f"CASE WHEN g < 1000 THEN {OWNER} ELSE {{who}} END",
        "nonce": "''",
        "generation": "0",
        "rotated_at": "{week}",
        "expires_at": "{week} + interval '30 days'",
    },
    "jobs": {"id": "g", "kind": "'erase post'", "subject_id": "g", "due_at": "{week}", "created_at": "{week}"},
    "erasures": {"id": "g", "token": "'t'", "due_at": "now() + interval '1 day' * g / 10000"},
    "former_usernames": {"id": "g", "digest": "'d' || g", "user_id": "{who}", "free_at": "{week} + interval '10 days'"},
}
FEW = {"users", "conversations", "inboxes", "hashtags", "locations", "jobs", "erasures", "former_usernames"}
