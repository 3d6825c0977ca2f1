"""The local supervisor."""

from tests.mutants.mutant import in_file

_watch = in_file("embedded/watch.py", "tests/embedded/test_watch.py")

MUTANTS = [
    _watch(
        "what has ended is started again",
        "        elif now >= self._due:\n            self._begin(now)",
        "        elif now >= self._due:\n            pass",
        "test_what_ends_is_started_again_ever_more_slowly",
    ),
    _watch(
        "starts become slower",
        "            self._pause = min(self._pause * 2, MAX_PAUSE_S)\n",
        "",
        "test_what_ends_is_started_again_ever_more_slowly",
    ),
    _watch(
        "what hangs is restarted",
        "if self.failed >= MAX_FAILED_PROBES and has_room and",
        "if False and has_room and",
        "test_a_part_that_hangs_is_restarted",
    ),
    _watch(
        "restarts become slower",
        "self._restart_pause = min(max(self._restart_pause * 2, STEADY_S), MAX_RESTART_PAUSE_S)",
        "pass",
        "test_what_does_not_work_is_restarted_ever_more_slowly",
    ),
    _watch(
        "what works again is restarted soon",
        "            self.failed, self._restart_pause = 0, 0.0\n",
        "            self.failed = 0\n",
        "test_what_does_not_work_is_restarted_ever_more_slowly",
    ),
    _watch(
        "nothing is restarted while the disk is full",
        "if self.failed >= MAX_FAILED_PROBES and has_room and",
        "if self.failed >= MAX_FAILED_PROBES and",
        "test_nothing_is_restarted_while_the_disk_is_full",
    ),
    _watch(
        "what was started has a minute until it works",
        "        self._restart_pause = max(self._restart_pause, STEADY_S)\n",
        "",
        "test_what_was_started_again_has_a_minute_until_it_works",
    ),
    in_file("embedded/process.py", "tests/embedded/test_watch.py")(
        "a log that has become large is rotated",
        "            os.truncate(self.log, 0)\n",
        "            pass\n",
        "test_logs_are_rotated_while_a_process_writes",
    ),
    in_file("embedded/process.py", "tests/embedded/test_watch.py")(
        "a rotated log goes on without a hole",
        'with self.log.open("ab") as log:',
        'with self.log.open("wb") as log:',
        "test_logs_are_rotated_while_a_process_writes",
    ),
    in_file("embedded/stack.py", "tests/embedded/test_watch.py")(
        "a store that answers wrongly fails its probe",
        " or found != content.encode():",
        ":",
        "test_a_store_that_answers_wrongly_fails_its_probe",
    ),
    in_file("embedded/stack.py", "tests/embedded/test_watch.py")(
        "the probe reaches every store of metadata",
        "for folder in probe_folders(settings.s3_bucket):",
        "for folder in probe_folders(settings.s3_bucket)[:1]:",
        "test_probe_of_the_object_store_reaches_every_store_of_metadata",
    ),
]
