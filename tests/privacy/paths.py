"""Every way through the schema that can lead to somebody's content, as documents that the property test asks."""

from graphql import DocumentNode, FieldNode, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, parse, visit

SELECTIONS = """
fragment Listed on UserConnection { nodes { id } edges { node { id } } pageInfo { hasNextPage endCursor } }
fragment Shown on PostConnection { nodes { id } edges { node { id } } pageInfo { hasNextPage endCursor } }
fragment Person on User {
  id avatarUrl viewerCanSeeContent viewerHasBlocked viewerHasStoryNotifications followerCount followingCount postCount
  posts(first: 10) { ...Shown } followers(first: 10) { ...Listed } following(first: 10) { ...Listed }
  storyReel { id } highlights(first: 10) { nodes { id } edges { node { id } } pageInfo { hasNextPage endCursor } }
}
fragment Picture on Media {
  id userTags { user { id } } variants { url } image(width: 1) { url } ... on Video { hlsUrl }
}
fragment Remark on Comment {
  id post { id } author { id } mentions { id } parent { id } likes: likeCount viewerHasLiked replyCount
  replies(first: 10) { nodes { id } edges { node { id } } pageInfo { hasNextPage endCursor } }
}
fragment Posted on Post {
  id author { id } mentions { id } location { id } media { __typename ...Picture } uploads { id }
  likeCount commentCount viewerHasLiked viewerHasSaved
  likers(first: 10) { ...Listed }
  comments(first: 10) { nodes { __typename ...Remark } edges { node { id } }
    pageInfo { hasNextPage endCursor } }
}
fragment Chat on Conversation {
  id isGroup isRequest members { id user { id } lastReadMessageId isAdmin } lastMessage { id }
  messages(first: 10) { nodes { ...Saying } edges { node { id } } pageInfo { hasNextPage endCursor } }
}
fragment Saying on Message {
  __typename id conversation { id } sender { id } text replyTo { id }
  attachment { ... on Post { id } ... on Story { id } }
}
fragment Told on Notification {
  id kind actorCount actors(first: 10) { ...Listed }
  target { ... on Post { id } ... on Comment { id } ... on Story { id } ... on User { id } }
}
fragment Told24 on Story {
  id owner: user { id } status item { id } viewerHasSeen viewCount
  viewers(first: 10) { edges { node { id } } pageInfo { hasNextPage endCursor } }
}
fragment Watched on StoryReel { id owner: user { id } reel: stories { id } hasUnseen }
fragment Kept on Highlight {
  id owner: user { id } title cover { id }
  kept: stories(first: 10) { nodes { id } edges { node { id } } pageInfo { hasNextPage endCursor } }
}
fragment Thing on Node {
  __typename id
  ... on User { ...Person } ... on Post { ...Posted } ... on Comment { ...Remark }
  ... on Photo { ...Picture } ... on Video { ...Picture }
  ... on Notification { ...Told }
  ... on Story { ...Told24 } ... on StoryReel { ...Watched } ... on Highlight { ...Kept }
  ... on Conversation { ...Chat } ... on Message { ...Saying } ... on ConversationMember { user { id } }
  ... on Upload { picture: media { id } }
  ... on Hashtag { tagged: postCount posts(first: 10) { ...Shown } topPosts(first: 10) { ...Shown } }
  ... on Location { posts(first: 10) { ...Shown } topPosts(first: 10) { ...Shown } }
}
"""

THINGS = "query ($ids: [ID!]!) { nodes(ids: $ids) { ...Thing } }" + SELECTIONS
FIRST = """query ($ids: [ID!]!) { nodes(ids: $ids) {
  ... on User { posts(first: 1) { ...Of } followers(first: 1) { ...To } following(first: 1) { ...To }
    highlights(first: 1) { nodes { id } pageInfo { hasNextPage } } }
  ... on Highlight { kept: stories(first: 1) { nodes { id } pageInfo { hasNextPage } } }
  ... on Post { likers(first: 1) { ...To } comments(first: 1) { nodes { id } pageInfo { hasNextPage } } }
  ... on Comment { replies(first: 1) { nodes { id } pageInfo { hasNextPage } } }
  ... on Conversation { messages(first: 1) { nodes { id } pageInfo { hasNextPage } } }
  ... on Hashtag { posts(first: 1) { ...Of } topPosts(first: 1) { ...Of } }
  ... on Location { posts(first: 1) { ...Of } topPosts(first: 1) { ...Of } } } }
fragment Of on PostConnection { nodes { id } pageInfo { hasNextPage } }
fragment To on UserConnection { nodes { id } pageInfo { hasNextPage } }"""
ONE = "query ($id: ID!) { node(id: $id) { id } }"
NAMES = "query ($name: String!) { user(username: $name) { id } }"
TAG = "query ($name: String!) { hashtag(name: $name) { id } }"
TRENDS = "{ trendingHashtags(first: 10) { nodes { id } edges { node { id } } pageInfo { hasNextPage endCursor } } }"
FEED = """query ($order: FeedOrder) {
  feed(first: 10, order: $order) { nodes { id } edges { node { id } } pageInfo { hasNextPage } } }"""
TRAY = "{ storyTray(first: 10) { nodes { id } edges { node { id } } pageInfo { hasNextPage } } }"
OWN = """{ viewer { user { id } unreadNotificationCount
  savedPosts(first: 10) { nodes { id } edges { node { id } } }
  followRequests(first: 10) { nodes { id } edges { node { id } } }
  blockedUsers(first: 10) { nodes { id } edges { node { id } } } } }"""

INBOX = """query ($requests: Boolean) {
  conversations(first: 10, requests: $requests) { nodes { id } edges { node { id } } }
  notifications(first: 10) { nodes { id } edges { node { id } } } }"""

SEARCH = """query ($text: String!) {
  search(query: $text) {
    top { nodes { ...Found } edges { node { ...Found } } }
    people { nodes { id } edges { node { id } followedBy { id } } }
    hashtags { nodes { id } edges { node { id } } }
    places { nodes { id } edges { node { id } } }
    posts { nodes { id } edges { node { id } } }
    newest: posts(order: RECENT) { nodes { id } edges { node { id } } pageInfo { hasNextPage } }
  }
  typeahead(query: $text, first: 20, kinds: [PEOPLE, HASHTAGS, PLACES, POSTS]) { item { ...Found } }
}
fragment Found on SearchItem { ... on Node { id } }"""
REMEMBERED = """mutation ($text: String!, $id: ID) { recordSearch(input: { query: $text, itemId: $id }) {
  viewer { searches(first: 50) { id query item { ... on Node { id } } } } userErrors { code } } }"""
FORGET = "mutation { forgetSearches { viewer { searches { id } } userErrors { code } } }"

# What a mutation answers about somebody or something that is not there for the viewer.
TO_PEOPLE = """mutation ($id: ID!) {
  follow(userId: $id) { ...To } acceptFollowRequest(userId: $id) { ...To }
  block(userId: $id) { ...To } mute(userId: $id) { ...To }
  setCloseFriend(userId: $id, isCloseFriend: true) { ...To }
  setStoryNotifications(userId: $id, enabled: true) { ...To }
}
fragment To on RelationshipPayload { user { id } userErrors { code message } }"""
TO_POSTS = """mutation ($id: ID!) {
  likePost(postId: $id) { ...To } savePost(postId: $id) { ...To }
  updatePost(input: { postId: $id, caption: "seen" }) { ...To }
  deletePost(postId: $id) { author { id } userErrors { code message } }
  addComment(input: { postId: $id, text: "seen" }) { comment { id } userErrors { code message } }
}
fragment To on PostPayload { post { id } userErrors { code message } }"""
SHOWN = """mutation ($id: ID!) {
  recordImpressions(input: { impressions: [{ postId: $id, position: 0, order: RANKED }] }) {
    recorded userErrors { code message } } }"""
WATCHED = """mutation ($id: ID!) {
  markStoriesSeen(storyIds: [$id]) { stories { id } userErrors { code message } } }"""
TO_STORIES = """mutation ($id: ID!) {
  deleteStory(storyId: $id) { storyReel { id } userErrors { code message } }
  createHighlight(input: { title: "seen", storyIds: [$id] }) { highlight { id } userErrors { code message } } }"""
TO_HIGHLIGHTS = "mutation ($id: ID!) { deleteHighlight(highlightId: $id) { user { id } userErrors { code message } } }"
TO_COMMENTS = """mutation ($id: ID!, $post: ID!) {
  likeComment(commentId: $id) { ...To }
  addComment(input: { postId: $post, parentId: $id, text: "seen" }) { ...To }
}
fragment To on CommentPayload { comment { id } userErrors { code message } }"""
# What people may withdraw although they do not see it any more.
WITHDRAW = {
    **{
        name: f"mutation ($id: ID!) {{ {name}(userId: $id) {{ user {{ id }} userErrors {{ code message }} }} }}"
        for name in ("unfollow", "declineFollowRequest", "removeFollower", "unblock", "unmute")
    },
    "unlikePost": "mutation ($id: ID!) { unlikePost(postId: $id) { post { id } userErrors { code message } } }",
    "unsavePost": "mutation ($id: ID!) { unsavePost(postId: $id) { post { id } userErrors { code message } } }",
    "unlikeComment": """mutation ($id: ID!) {
        unlikeComment(commentId: $id) { comment { id } userErrors { code message } } }""",
    "deleteComment": """mutation ($id: ID!) {
        deleteComment(commentId: $id) { deletedId post { id } parent { id } userErrors { code message } } }""",
    "removeMyTag": "mutation ($id: ID!) { removeMyTag(postId: $id) { post { id } userErrors { code message } } }",
    "removeMyMention": """mutation ($id: ID!) {
        removeMyMention(subjectId: $id) { post { id } comment { id } userErrors { code message } } }""",
}

TO_TALKS = """mutation ($id: ID!, $said: ID!, $somebody: ID!) {
  acceptConversation(conversationId: $id) { ...To } leaveConversation(conversationId: $id) { ...To }
  addConversationMembers(conversationId: $id, userIds: [$somebody]) { ...To }
  removeConversationMember(conversationId: $id, userId: $somebody) { ...To }
  markConversationRead(conversationId: $id, messageId: $said) { ...To }
  setTyping(conversationId: $id, isTyping: true) { ...To }
  sendMessage(input: { conversationId: $id, text: "seen" }) { message { id } userErrors { code message } }
  unsendMessage(messageId: $said) { message { id } userErrors { code message } }
}
fragment To on ConversationPayload { conversation { id } userErrors { code message } }"""
TO_BEGIN = """mutation ($id: ID!) {
  startConversation(input: { userIds: [$id] }) { conversation { id } userErrors { code message } } }"""

DOCUMENTS = (THINGS, ONE, NAMES, TAG, TRENDS, FEED, OWN, INBOX, TO_PEOPLE, TO_POSTS, SHOWN, TO_COMMENTS)
DOCUMENTS += (
    SEARCH,
    REMEMBERED,
    FORGET,
    TO_TALKS,
    TO_BEGIN,
    TRAY,
    WATCHED,
    TO_STORIES,
    TO_HIGHLIGHTS,
    *WITHDRAW.values(),
)

EXCUSED = {
    # One's own account, and what one has just made of one's own.
    "Mutation.signUp": "makes an account: there is nobody yet",
    "Mutation.signIn": "answers for the person who signs in",
    "Mutation.refreshSession": "answers for the person whose token it is",
    "Mutation.updateProfile": "answers for the viewer",
    "Mutation.createUploads": "answers with what it made",
    "Mutation.completeUpload": "tests/journeys/test_multipart.py asks for those of others",
    "Mutation.abortUpload": "tests/journeys/test_multipart.py asks for those of others",
    "UploadPayload.upload": "an upload of the viewer's",
    "Mutation.createPost": "answers with what it made",
    "Mutation.createStory": "answers with what it made",
    "StoryPayload.story": "what it made",
    "SignInPayload.viewer": "the person who signs in",
    "Mutation.setSavesSearches": "answers for the viewer",
    "UpdateProfilePayload.user": "the viewer",
    "CreateUploadsPayload.uploads": "what it made",
    "Subscription.conversationEvents": "tests/journeys/test_live.py asks for those of others, and when the right ends",
    **{
        f"{event}.{field}": "loaded as everywhere; tests/journeys/test_live.py asks"
        for event, field in (
            ("MessageSent", "message"),
            ("MessageUnsent", "message"),
            ("ConversationRead", "member"),
            ("TypingChanged", "member"),
            ("ConversationMembersChanged", "user"),
        )
        for field in (field, "conversation")
    },
    # What is nobody's but the viewer's, or of groups they are in; that others get none of it is asked in tests/mls.
    "Mutation.registerMlsDevice": "answers with what it made",
    "Mutation.publishMlsKeyPackages": "answers for a device of the viewer's",
    "Mutation.acknowledgeMlsMessages": "answers for a device of the viewer's",
    "Mutation.claimMlsKeyPackages": "tests/mls/test_packages.py asks for those of who blocks, and of who is blocked",
    "Mutation.createMlsGroup": "answers with what it made",
    "Mutation.sendMlsMessage": "answers for a group that the viewer is in",
    "Mutation.commitMlsGroup": "answers for a group that the viewer is in",
    "MlsDevicePayload.device": "a device of the viewer's",
    "MlsGroupPayload.group": "a group that the viewer is in",
    "MlsGroup.devices": "of a group that the viewer is in",
    "MlsDevice.user": "tests/mls/test_talk.py asks for one who blocks the viewer",
    "ClaimMlsKeyPackagesPayload.keyPackages": "tests/mls/test_packages.py",
    "MlsKeyPackage.device": "tests/mls/test_packages.py",
    "Viewer.mlsDevices": "devices of the viewer's",
    "Mutation.markNotificationsRead": "answers for the viewer",
    "MarkNotificationsReadPayload.viewer": "the viewer",
    "NotificationReceived.viewer": "the viewer",
    "NotificationsRead.viewer": "the viewer",
    "NotificationReceived.notification": "loaded as everywhere; tests/journeys/test_notifications.py asks",
    "Subscription.notificationReceived": "tests/journeys/test_notifications.py asks",
    "Subscription.notificationsRead": "tests/journeys/test_notifications.py asks",
    "Subscription.uploadUpdated": "tests/journeys/test_uploads_live.py asks for those of others",
}


def asked(schema: GraphQLSchema) -> set[str]:
    """The fields, as Type.field, that the documents ask for; those of an interface count for who implements it."""
    found: set[str] = set()

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = types.get_parent_type()
            assert parent is not None
            found.add(f"{parent.name}.{node.name.value}")
            for kind in schema.get_possible_types(parent) if hasattr(parent, "resolve_type") else ():
                found.add(f"{kind.name}.{node.name.value}")

    for text in DOCUMENTS:
        document: DocumentNode = parse(text)
        types = TypeInfo(schema)
        visit(document, TypeInfoVisitor(types, Fields()))
    return found
