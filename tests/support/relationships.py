"""GraphQL documents that change relationships: blocks, close friends, follow requests, private accounts."""

BLOCK = "mutation ($id: ID!) { block(userId: $id) { userErrors { code } } }"
ADD_CLOSE_FRIEND = "mutation ($id: ID!) { setCloseFriend(userId: $id, isCloseFriend: true) { userErrors { code } } }"
ACCEPT_FOLLOW_REQUEST = "mutation ($id: ID!) { acceptFollowRequest(userId: $id) { userErrors { code } } }"
MAKE_PRIVATE = "mutation { updateProfile(input: { isPrivate: true }) { userErrors { code } } }"
