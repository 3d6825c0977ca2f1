"""GraphQL documents that change relationships: blocks, close friends, follow requests, private accounts."""

BLOCK = "mutation ($id: ID!) { block(userId: $id) { userErrors { code } } }"
CLOSE = "mutation ($id: ID!) { setCloseFriend(userId: $id, isCloseFriend: true) { userErrors { code } } }"
ACCEPT = "mutation ($id: ID!) { acceptFollowRequest(userId: $id) { userErrors { code } } }"
PRIVATE = "mutation { updateProfile(input: { isPrivate: true }) { userErrors { code } } }"
