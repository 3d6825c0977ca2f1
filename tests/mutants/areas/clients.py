"""Real clients: sockets, preflights, persisted queries."""

from tests.mutants.mutant import in_file

_sockets = in_file("web/sockets.py", "tests/journeys/test_token_expiry.py")

MUTANTS = [
    _sockets(
        "a token that has expired at the beginning closes with 4403",
        "        if self._context.token_expired:\n            raise SocketCloseError(*CLOSINGS[Break.EXPIRED])\n",
        "",
        "test_expired_token_at_the_beginning_asks_for_a_new_one",
    ),
    _sockets(
        "an idle socket closes when its token expires",
        '        elif self._state == "ready" and self._has_expired():\n            self.retire(Break.EXPIRED)\n',
        "",
        "test_idle_socket_closes_when_its_token_expires",
    ),
    _sockets(
        "answers under way are sent before the socket closes",
        "        await self._answered(ANSWERS_WITHIN)\n        self.end(code, reason)",
        "        self.end(code, reason)",
        "test_mutation_under_way_is_answered_before_the_socket_closes",
    ),
    _sockets(
        "streams end without `complete` when the token expires",
        "        if (reason := broken_by",
        "        if False and (reason := broken_by",
        "test_event_that_fails_is_sent_again_after_the_cursor",
    ),
    _sockets(
        "a token that is not valid closes with a reason",
        "        if self._context.token_refused:\n"
        '            raise SocketCloseError(UNAUTHORIZED, "The access token is not valid: '
        'sign in again")\n',
        "",
        "test_unusable_payload_is_refused_with_a_reason",
    ),
    in_file("web/credentials.py", "tests/journeys/test_token_expiry.py")(
        "a token within `headers` is found",
        "given = [*payload.items(), *(headers.items() if isinstance(headers, dict) else ())]",
        "given = [*payload.items()]",
        "test_token_is_found_where_common_clients_put_it",
    ),
    in_file("web/credentials.py", "tests/journeys/test_token_expiry.py")(
        "`authToken` is taken",
        '{"authorization", "authtoken", "accesstoken", "token"}',
        '{"authorization", "accesstoken", "token"}',
        "test_token_is_found_where_common_clients_put_it",
    ),
    in_file("web/credentials.py", "tests/journeys/test_token_expiry.py")(
        "a token under an unknown name is told",
        '    if any(isinstance(value, str) and value.lower().startswith("bearer ") for _, value in given):\n',
        "    if False:\n",
        "test_unusable_payload_is_refused_with_a_reason",
    ),
    in_file("web/credentials.py", "tests/journeys/test_token_expiry.py")(
        "an empty header is signed out",
        "    if not header.strip():\n        return None\n",
        "",
        "test_empty_authorization_header_is_signed_out",
    ),
    in_file("app.py", "tests/journeys/test_preflights.py")(
        "headers of common clients pass the preflight",
        'allow_headers=["*"],',
        'allow_headers=["authorization", "content-type"],',
        "test_headers_of_common_clients_pass_the_preflight",
    ),
    in_file("web/operations.py", "tests/journeys/test_persisted_queries.py")(
        "a text with its hash is registered",
        'return isinstance(given.get("query"), str) and isinstance(extensions, dict) and '
        '"persistedQuery" in extensions',
        "return False",
        "test_text_that_was_sent_with_its_hash_is_asked_for_by_its_hash",
    ),
    in_file("web/operations.py", "tests/journeys/test_persisted_queries.py")(
        "a wrong hash is refused",
        "    if not isinstance(text, str) or key_of(text) != key:\n",
        "    if not isinstance(text, str):\n",
        "test_wrong_text_is_not_registered",
    ),
    in_file("web/operations.py", "tests/journeys/test_persisted_queries.py")(
        "a server without a store says so",
        "raise Unknown(is_supported=api.documents.has_trusted)",
        "raise Unknown(is_supported=True)",
        "test_server_without_a_store_says_so",
    ),
    in_file("kit/execution/persisted.py", "tests/execution/test_persisted.py")(
        "an owner loses its own oldest texts",
        "        while self._bytes[owner] > self._own_size:\n"
        "            self._forget(next(key for key, (_, whose) in self._owned.items() if "
        "whose == owner))\n",
        "",
        "test_owner_loses_its_own_oldest_texts",
    ),
    in_file("kit/execution/persisted.py", "tests/execution/test_persisted.py")(
        "strangers push out nothing that two use",
        "            self._forget(key)\n            self._share(key, text)\n",
        "            pass\n",
        "test_many_strangers_do_not_push_out_what_two_networks_use",
    ),
    in_file("kit/execution/persisted.py", "tests/execution/test_persisted.py")(
        "shared texts are bounded",
        "        while self._shared_bytes > self._size:\n",
        "        while False:\n",
        "test_shared_texts_are_bounded_and_the_last_used_stay",
    ),
]
