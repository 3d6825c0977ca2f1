"""The bounds of texts, names, passwords and addresses."""

from tests.mutants.mutant import in_file

_text = in_file("kit/text.py", "tests/domain/test_text.py")
_names = in_file("domain/accounts/names.py", "tests/journeys/test_written_names.py")
_mail = in_file("kit/email_addresses.py", "tests/domain/test_email_addresses.py")
_captions = in_file("domain/captions.py", "tests/journeys/test_written_names.py")

MUTANTS = [
    _text(
        "characters are counted as people do",
        "return sum(1 for _ in _CLUSTER.finditer(text))",
        "return len(text)",
        "test_characters_as_people_count_them",
    ),
    _text(
        "flags are counted in pairs",
        'r"\\p{RI}{2}[\\p{GCB=Extend}\\p{GCB=ZWJ}\\p{GCB=SpacingMark}]*+|\\X"',
        'r"\\p{RI}|\\X"',
        "test_characters_as_people_count_them",
    ),
    _text(
        "a text has at most eight code points for each character",
        "(len(text) > 8 * most or length(text) > most)",
        "length(text) > most",
        "test_a_text_has_at_most_eight_code_points_for_each_character",
    ),
    _text(
        "a text is bounded in bytes",
        'elif (size := len(text.encode(errors="surrogatepass"))) > max_bytes(most):',
        "elif (size := 0) > max_bytes(most):",
        "test_text_is_bounded_in_bytes_besides_characters",
    ),
    _text("a text is trimmed", 'text = nfc((value or "").strip())', 'text = nfc(value or "")', "test_texts"),
    _text("a text is kept in NFC", 'text = nfc((value or "").strip())', 'text = (value or "").strip()', "test_texts"),
    _text("control characters are refused", "        if not storable(text):\n", "        if False:\n", "test_texts"),
    _text(
        "a name is one line without disguises",
        "        if _NOT_IN_NAMES.search(given):\n",
        "        if False:\n",
        "test_a_name_hides_nothing",
    ),
    _text(
        "marks that turn the direction are disguises",
        "\\p{Zl}\\p{Zp}\\p{Bidi_Control}]",
        "\\p{Zl}\\p{Zp}]",
        "test_a_name_hides_nothing",
    ),
    _text(
        "a name that nobody sees is none",
        'visible = "" if _INVISIBLE.fullmatch(given) else',
        'visible = "" if not given else',
        "test_a_name_that_nobody_sees_is_none",
    ),
    _text("spaces inside a name are one space", '_SPACES.sub(" ", given)', "given", "test_names"),
    _text(
        "long runs of marks are normalized in linear time",
        "_MANY_MARKS.sub(_in_order, text)",
        "text",
        "test_no_text_is_slow",
    ),
    _text(
        "what is wrong is told in a bounded number",
        "if len(self._errors) < MAX_MISTAKES:",
        "if True:",
        "test_a_payload_carries_a_bounded_number_of_mistakes",
    ),
    _text(
        "spaces of a password are mapped to one",
        'return nfc(_ANY_SPACE.sub(" ", text))',
        "return nfc(text)",
        "test_passwords_are_mapped_as_opaque_strings",
    ),
    _text(
        "a password is normalised",
        'return nfc(_ANY_SPACE.sub(" ", text))',
        'return _ANY_SPACE.sub(" ", text)',
        "test_passwords_are_mapped_as_opaque_strings",
    ),
    _text(
        "unassigned characters are in no password",
        '_UNTYPABLE = regex.compile(r"[\\p{Cc}\\p{Cs}\\p{Cn}]")',
        '_UNTYPABLE = regex.compile(r"[\\p{Cc}\\p{Cs}]")',
        "test_what_no_password_has",
    ),
    _text(
        "a text is shortened between characters",
        "if cluster.end() >= most:",
        "if cluster.start() >= most:",
        "test_a_text_is_shortened_between_characters",
    ),
    _names(
        "no new username begins with a dot",
        'elif name.startswith(".") or name.endswith(".") or ".." in name:',
        'elif name.endswith(".") or ".." in name:',
        "test_no_new_username_has_a_dot_where_captions_cannot_name_it",
    ),
    _names(
        "no new username ends with a dot",
        'elif name.startswith(".") or name.endswith(".") or ".." in name:',
        'elif name.startswith(".") or ".." in name:',
        "test_no_new_username_has_a_dot_where_captions_cannot_name_it",
    ),
    _names(
        "no new username has two dots in a row",
        ' or ".." in name:',
        ":",
        "test_no_new_username_has_a_dot_where_captions_cannot_name_it",
    ),
    _names(
        "old usernames keep working",
        "    if name == current:\n        return name\n",
        "",
        "test_old_usernames_with_odd_dots_keep_working",
    ),
    _names(
        "a former name is kept for its owner",
        "AND free_at > now() AND user_id IS DISTINCT FROM $2",
        "AND free_at > now()",
        "tests/journeys/test_people.py::test_a_former_name_is_kept_for_its_owner",
    ),
    _names(
        "a former name is kept from others",
        "AND free_at > now() AND user_id IS DISTINCT FROM $2",
        "AND free_at > now() AND false AND user_id IS DISTINCT FROM $2",
        "tests/journeys/test_people.py::test_a_former_name_is_kept_for_its_owner",
    ),
    _names(
        "of many who want a name one gets it",
        'await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", digest)',
        "pass",
        "tests/domain/test_names.py::test_name_is_held_until_the_transaction_ends",
    ),
    _captions(
        "an old name that ends with a dot can be mentioned",
        "[written[:end] for end in range(len(name), len(written) + 1)]",
        "[name]",
        "test_old_usernames_with_odd_dots_keep_working",
    ),
    _captions(
        "the name without the dot is looked for first",
        "next((known[each] for each in spellings if known[each]), 0)",
        "next((known[each] for each in reversed(spellings) if known[each]), 0)",
        "test_old_usernames_with_odd_dots_keep_working",
    ),
    _captions(
        "people across a block are only words",
        "user is not None and privacy.can_interact(user)]",
        "user is not None]",
        "tests/journeys/test_comments.py::test_mentions_of_those_who_block_are_only_words",
    ),
    _mail(
        "zero-width characters are in no address",
        "--\\p{Default_Ignorable_Code_Point}]++)",
        "]++)",
        "test_what_is_no_address",
    ),
    _mail(
        "an address has no angle brackets",
        "    match = _ADDRESS.fullmatch(text)\n",
        "    match = _ADDRESS.search(text)\n",
        "test_what_is_no_address",
    ),
    _mail(
        "the domain is a name by IDNA",
        '        idna.encode(match["domain"].lower())\n',
        "        pass\n",
        "test_what_is_no_address",
    ),
    _mail(
        "an address is bounded",
        'if len(text.encode(errors="replace")) > _MAX_BYTES:',
        "if False:",
        "test_what_is_no_address",
    ),
    _mail(
        "the part before the @ is bounded",
        ' or len(match["local"].encode()) > _MAX_LOCAL_BYTES:',
        ":",
        "test_what_is_no_address",
    ),
    in_file("domain/accounts/passwords.py", "tests/journeys/test_sessions.py")(
        "a password from before normalisation opens its account",
        "for form in {password, _decomposed(password)} - {normal}:",
        "for form in ():",
        "test_a_password_from_before_normalization_opens_its_account",
    ),
    in_file("domain/accounts/actions.py", "tests/journeys/test_sessions.py")(
        "e-mail addresses are validated",
        "storable(address) and not is_email_address(address):",
        "storable(address) and False:",
        "test_a_wrong_sign_up_is_explained",
    ),
]
