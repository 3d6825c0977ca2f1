"""Cursors and pages."""

from tests.mutants.mutant import in_file

_cursor = in_file("kit/cursor.py", "tests/domain/test_cursors.py")
_paging = in_file("kit/paging.py", "tests/domain/test_paging.py")

MUTANTS = [
    _cursor(
        "a cursor is of one list",
        "self._cipher.encrypt(msgspec.msgpack.encode(position), [scope])",
        'self._cipher.encrypt(msgspec.msgpack.encode(position), [b"x"])',
        "test_cursor_is_of_one_scope",
    ),
    _cursor(
        "a cursor is opened for its list alone",
        "self._cipher.decrypt(sealed, [scope])",
        "self._cipher.decrypt(sealed, [])",
        "test_cursor_is_of_one_scope",
    ),
    _cursor(
        "a cursor is spelled in one way",
        'if urlsafe_b64encode(sealed).rstrip(b"=").decode() != cursor:',
        "if False:",
        "test_cursor_is_spelled_in_one_way",
    ),
    _cursor(
        "a cursor that was changed is refused",
        "except (ValueError, InvalidTag):",
        "except ValueError:",
        "test_cursor_that_was_changed_is_refused",
    ),
    in_file("resolvers/context.py", "tests/journeys/test_comments.py")(
        "a cursor is of one viewer",
        "(*scope, self.viewer_id)",
        "scope",
        "test_a_cursor_is_for_its_list_and_its_viewer_as_it_was_given",
    ),
    _paging(
        "a page has at most 100 items",
        "MAX_FIRST = 100",
        "MAX_FIRST = 200",
        "tests/journeys/test_feed.py::test_cursors_of_others_and_of_the_other_order",
    ),
    _paging(
        "a page has at least one item",
        "if not 1 <= first <= MAX_FIRST:",
        "if not first <= MAX_FIRST:",
        "tests/journeys/test_feed.py::test_cursors_of_others_and_of_the_other_order",
    ),
    _paging(
        "a next page has something visible",
        "return Page(request, items, more, after)",
        "return Page(request, items, True, after)",
        "test_hidden_items_do_not_show_as_a_next_page",
    ),
    _paging(
        "hidden items are replaced by later ones",
        "for number in range(1 if begun else 0, ROUNDS):",
        "for number in range(1 if begun else 0, 1):",
        "test_first_query_reads_one_item_more_than_the_page_and_refills_read_a_window",
    ),
    _paging("refills are bounded", "ROUNDS = 4", "ROUNDS = 40", "test_page_ends_early_where_too_much_is_hidden"),
    _paging(
        "one item more than the page is read",
        "wanted = request.first + 1 - len(items)",
        "wanted = request.first - len(items)",
        "test_first_query_reads_one_item_more_than_the_page_and_refills_read_a_window",
    ),
    _paging(
        "fewer items than asked for are the last",
        "more = len(found) >= limit",
        "more = bool(found)",
        "test_first_query_reads_one_item_more_than_the_page_and_refills_read_a_window",
        "test_empty_list",
        "test_list_as_long_as_a_page_or_one_longer",
    ),
    _paging(
        "hidden items are left out",
        " if node is not None]\n            after",
        "]\n            after",
        "test_pages_have_each_visible_item_once_and_in_order",
    ),
    _paging(
        "a page goes on behind its last item",
        "return Page(request, items[: request.first], True, items[request.first - 1][0])",
        "return Page(request, items[: request.first], True, items[request.first][0])",
        "test_pages_have_each_visible_item_once_and_in_order",
    ),
    _paging(
        "a list ends at its last visible item",
        "end = self.end if self.has_next_page else self.items[-1][0] if self.items else None",
        "end = self.end",
        "test_last_page_ends_at_its_last_visible_item",
    ),
    _paging(
        "a page that was begun goes on where it stands",
        "items, after, more = begun or ([], request.after, True)",
        "items, after, more = ([], request.after, True)",
        "test_page_that_has_been_begun_continues_where_that_stands",
    ),
    _paging(
        "lists of several owners are kept apart",
        "found.setdefault(owner, []).append((place, key))",
        "found.setdefault(owners[0], []).append((place, key))",
        "test_rows_of_several_lists_are_kept_apart",
    ),
    _paging(
        "the item after the page tells of a next page",
        "(items[: self.first], len(items) > self.first)",
        "(items[: self.first], len(items) >= self.first)",
        "test_rows_of_several_lists_are_kept_apart",
    ),
    in_file("domain/keyset_pages.py", "tests/journeys/test_paging.py")(
        "a page begins behind its cursor",
        '("id > $2", "id") if oldest_first else ("id < $2", "id DESC")',
        '("id > $2", "id") if oldest_first else ("id <= $2", "id DESC")',
        "tests/domain/test_keyset_pages.py::test_pages_go_on_behind_their_cursor",
    ),
    in_file("domain/keyset_pages.py", "tests/journeys/test_comments.py")(
        "replies begin behind their cursor",
        '("id > $2", "id") if oldest_first',
        '("id >= $2", "id") if oldest_first',
        "tests/domain/test_keyset_pages.py::test_pages_go_on_behind_their_cursor",
    ),
    in_file("domain/keyset_pages.py", "tests/journeys/test_bad_input.py")(
        "a cursor with any number is answered",
        "from_epoch_ms(min(ms, _MAX_MS)), id",
        "from_epoch_ms(ms), id",
        "test_cursors_belong_to_their_list_and_their_viewer",
    ),
]
