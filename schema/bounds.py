"""The largest number of items in each list and the largest size of each text, from which prices are computed.

The rules that enforce them are in the domain; here they are named for the fields that can return that much.
"""

from domain import captions
from domain.accounts import actions as accounts
from domain.accounts import profile
from domain.comments import actions as comments
from domain.entities import MAX_USERNAME
from domain.hashtags import rows as hashtags
from domain.hashtags import trend_scores
from domain.media import actions as media
from domain.media import formats
from domain.messages import actions as messages
from domain.messages import members
from domain.mls import devices as mls_devices
from domain.mls import groups as mls_groups
from domain.mls import packages as mls_packages
from domain.posts import actions as posts
from domain.posts import places, tags
from domain.push import reads as push
from domain.search import history, wording
from domain.stories import actions as stories
from kit.errors import MAX_MISTAKES
from kit.prices import PAGE, Bound
from kit.text import max_bytes
from resolvers import suggestions
from resolvers.nodes import MAX_NODES
from resolvers.stories import MAX_SEEN

ITEMS_OF_PAGE = PAGE

IDS_OF_NODES = Bound(MAX_NODES, "ids")
MLS_MESSAGES = Bound(100, "first")
PARTS_BY_NUMBER = Bound(media.MAX_PARTS, "numbers")

PARTS = media.MAX_PARTS
FILES = media.MAX_FILES
HEADERS = 8
KINDS_OF_MEDIA = len(formats.OF_KIND)
CONTENT_TYPES = max(len(each.content_types) for each in formats.OF_KIND.values())
VARIANTS = 8
MEDIA = posts.MAX_MEDIA
USER_TAGS = tags.MAX_TAGS
HASHTAGS = captions.MAX_HASHTAGS
TREND_DAYS = trend_scores.DAYS
MENTIONS = captions.MAX_MENTIONS
LIVE_STORIES = stories.MAX_LIVE
SEEN_STORIES = MAX_SEEN
MEMBERS = members.MAX_MEMBERS
DEVICES = push.MAX_DEVICES
MLS_DEVICES = mls_devices.MAX_DEVICES
MLS_DEVICES_OF_GROUP = mls_groups.MAX_PEOPLE * mls_devices.MAX_DEVICES
MISTAKES = MAX_MISTAKES
PATH = 8

FOLLOWED_BY = 3
RANGES = 24
SEARCH_POINTS = 500
"""What it takes to find results of one kind, beside what is shown of them."""
PAST_SEARCHES = Bound(history.MAX_ENTRIES, "first")
SUGGESTIONS = Bound(suggestions.MAX_SUGGESTIONS, "first")
RANKING_POINTS = 100
"""What reading the order of the top posts of a hashtag or a location costs, beside the posts."""

CURSOR_BYTES = 160
FIELD_NAME_BYTES = 32
QUERY_BYTES = max_bytes(wording.MAX_QUERY)
MATCH_BYTES = 4 * wording.EXCERPT
BLURHASH_BYTES = 128
ETAG_BYTES = 128
CONTENT_TYPE_BYTES = 64
HEADER_NAME_BYTES = 64
HEADER_VALUE_BYTES = 256
TOKEN_BYTES = 1024
KEY_BYTES = 128
MISTAKE_BYTES = 512
PATH_BYTES = 64
SUMMARY_BYTES = 256
USERNAME_BYTES = MAX_USERNAME
EMAIL_BYTES = accounts.MAX_EMAIL
DISPLAY_NAME_BYTES = max_bytes(accounts.MAX_NAME)
BIO_BYTES = max_bytes(profile.MAX_BIO)
CAPTION_BYTES = max_bytes(posts.MAX_CAPTION)
ALT_TEXT_BYTES = max_bytes(posts.MAX_ALT_TEXT)
HASHTAG_BYTES = max_bytes(hashtags.MAX_LENGTH)
PLACE_BYTES = max_bytes(places.MAX_NAME)
COMMENT_BYTES = max_bytes(comments.MAX_TEXT)
MESSAGE_BYTES = max_bytes(messages.MAX_TEXT)
CONVERSATION_TITLE_BYTES = max_bytes(members.MAX_TITLE)
HIGHLIGHT_TITLE_BYTES = max_bytes(stories.MAX_TITLE)
IDEMPOTENCY_KEY_BYTES = max_bytes(64)
SIGNATURE_KEY_BYTES = 44
KEY_PACKAGE_BYTES = mls_packages.MAX_BYTES * 4 // 3 + 4
MLS_MESSAGE_BYTES = mls_groups.MAX_WELCOME * 4 // 3 + 4
