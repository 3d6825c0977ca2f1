"""Who likes what."""

from functools import partial

from domain.lists import pages_by_id

pages_of_likers = partial(pages_by_id, table="likes", owner="subject_id", shown="user_id")
"""For each post or comment: who liked it last, beyond the cursor, and whether there are more."""
