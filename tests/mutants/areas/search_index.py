"""Search: what the index holds."""

from tests.mutants.mutant import in_file

_docs = in_file("domain/search/documents.py", "tests/search/test_indexing.py")
_index = in_file("domain/search/indexing.py", "tests/search/test_indexing.py")
_engine = in_file("embedded/search_engine.py", "tests/search/test_engine.py")
_client = in_file("clients/search.py", "tests/search/test_engine.py")
_HISTORY = "test_whatever_happens_to_events_the_index_is_what_postgresql_says"

MUTANTS = [
    _docs(
        "private accounts have words for followers alone",
        'words=() if row["is_private"] else found',
        "words=found",
        _HISTORY,
        "test_private_account_has_words_for_followers_alone",
    ),
    _docs(
        "private accounts can be found by followers",
        'restricted_words=found if row["is_private"] else ()',
        "restricted_words=()",
        "test_private_account_has_words_for_followers_alone",
    ),
    _docs(
        "inactive accounts have no document",
        "WHERE id = ANY($1) AND status = 'ACTIVE'\n",
        "WHERE id = ANY($1)\n",
        "test_what_must_not_be_found_has_no_document",
    ),
    _docs(
        "posts that strangers may not see have no document",
        "\"p.status = 'PUBLISHED' AND u.status = 'ACTIVE' AND NOT u.is_private\"",
        "\"p.status = 'PUBLISHED' AND u.status = 'ACTIVE'\"",
        "test_what_must_not_be_found_has_no_document",
    ),
    _docs(
        "posts that are not published have no document",
        "\"p.status = 'PUBLISHED' AND u.status = 'ACTIVE' AND NOT u.is_private\"",
        "\"u.status = 'ACTIVE' AND NOT u.is_private\"",
        "test_what_must_not_be_found_has_no_document",
    ),
    _docs(
        "hashtags without a post have no document",
        "AND EXISTS (SELECT FROM taggings WHERE hashtag_id = h.id AND is_listed)",
        "",
        "test_what_must_not_be_found_has_no_document",
    ),
    _index(
        "what is gone is deleted from the index",
        "return Change(index, tuple(found), tuple(id for id in ids if id not in there))",
        "return Change(index, tuple(found), ())",
        "test_events_alone_bring_people_and_posts_up_to_date",
    ),
    _index(
        "a sweep finds what changed without an event",
        "wrong = tuple(document for document in right if indexed.get(document.id) != document.digest)",
        "wrong = tuple(document for document in right if document.id not in indexed)",
        _HISTORY,
    ),
    _index(
        "a sweep finds what is gone",
        "gone = tuple(indexed.keys() - {document.id for document in right})",
        "gone = ()",
        _HISTORY,
    ),
    _index(
        "posts follow a change of their author",
        'await self.update({**things, "people": [user_id], "posts": found})',
        'await self.update({**things, "people": [user_id]})',
        "test_events_alone_bring_people_and_posts_up_to_date",
    ),
    _index(
        "what could not be written is written later",
        "                    self._wanted |= dict.fromkeys(keys)\n",
        "",
        "test_what_could_not_be_written_is_written_with_what_comes_next",
    ),
    _index(
        "a rebuild takes the place of the index in the end",
        "            await self._engine.switch()\n",
        "            pass\n",
        "test_an_index_is_built_beside_the_one_that_is_read",
    ),
    _engine(
        "changes during a rebuild are in both generations",
        "        if self._current is not None:\n            self._current.write(changes)",
        "        if self._next is None and self._current is not None:\n            self._current.write(changes)",
        "test_a_new_generation_takes_the_place_of_the_other_at_once",
    ),
    _engine(
        "readers see a change when it is answered",
        "            self._current.commit({change.index for change in changes})",
        "            pass",
        "test_hits_are_ordered_and_limited",
    ),
    _engine(
        "a rebuild that was cut off is removed",
        "                shutil.rmtree(left, ignore_errors=True)\n\n    def answer",
        "                pass\n\n    def answer",
        "tests/search/test_indexing.py::test_a_rebuild_that_was_cut_off_leaves_what_is_read",
    ),
    _engine(
        "damaged files are discarded in the end",
        "    if count < MAX_STARTS:\n",
        "    if True:\n",
        "test_damaged_files_end_in_an_empty_index_not_in_a_lasting_failure",
    ),
    _client(
        "an engine that does not answer costs one wait",
        "            self._circuit.open()\n",
        "",
        "test_an_engine_that_hangs_costs_one_wait",
    ),
    _client(
        "an answer of another kind is an engine that is away",
        "        except msgspec.MsgspecError as error:\n            raise SearchAway",
        "        except ZeroDivisionError as error:\n            raise SearchAway",
        "tests/search/test_finding.py::test_an_answer_of_another_kind_is_an_engine_that_is_away",
    ),
]
