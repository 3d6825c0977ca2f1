"""Circuit breakers, and what goes on without Redis."""

from tests.mutants.mutant import in_file

_circuit = in_file("kit/circuit.py", "tests/domain/test_circuit.py")
_redis = in_file("clients/redis.py", "tests/outages/test_redis_away.py")
_KILLED = "tests/outages/test_redis_away.py::test_what_people_do_goes_on[killed]"
_HANGING = "tests/outages/test_redis_away.py::test_what_people_do_goes_on[hanging]"
_REFUSING = "tests/outages/test_redis_away.py::test_what_people_do_goes_on[refusing]"

MUTANTS = [
    _circuit(
        "calls fail at once while the circuit is open",
        "return self._recovery is not None and not _is_recovering.get()",
        "return False",
        "test_it_is_open_until_the_part_answers",
    ),
    _circuit(
        "the call that finds out is made",
        "return self._recovery is not None and not _is_recovering.get()",
        "return self._recovery is not None",
        "tests/outages/test_redis_away.py::test_commands_are_sent_again_when_redis_is_back",
    ),
    _circuit(
        "the part is probed again and again",
        "while not await self._answers():",
        "if not await self._answers():",
        "test_it_is_open_until_the_part_answers",
    ),
    _circuit(
        "writes are done before the circuit closes",
        "        while self._writes:\n            write = self._writes.popleft()",
        "        while False:\n            write = self._writes.popleft()",
        "test_writes_are_done_in_order_before_it_closes",
    ),
    _circuit(
        "a write that fails since the part is away is tried again",
        "                self._writes.appendleft(write)\n",
        "",
        "test_write_that_meets_an_outage_is_done_when_the_part_is_back",
    ),
    _circuit(
        "a write that fails for another reason holds up no other",
        "            except Exception:\n"
        '                log.exception("%s: a write that waited failed and is dropped", self._name)',
        "            except ZeroDivisionError:\n                pass",
        "test_a_write_that_fails_for_another_reason_holds_up_no_other",
    ),
    _circuit(
        "writes that wait are bounded",
        "        if len(self._writes) >= MAX_WRITES:\n",
        "        if False:\n",
        "test_too_many_writes_are_not_kept",
    ),
    _circuit(
        "a probe that fails for another reason does not end probing",
        "        except Exception as error:\n            if not isinstance(error, self._away):",
        "        except self._away as error:\n            if not isinstance(error, self._away):",
        "test_a_probe_that_fails_for_another_reason_costs_no_write",
    ),
    _circuit(
        "a write that fails opens the circuit",
        "            except self._away:\n                self.open()\n            else:",
        "            except self._away:\n                pass\n            else:",
        "test_writes_are_done_in_order_before_it_closes",
    ),
    _redis(
        "a connection that cannot be made opens the circuit",
        "        except (RedisConnectionError, RedisTimeoutError, OSError):\n"
        "            if self.circuit is not None:\n"
        "                self.circuit.open()\n"
        "            raise",
        "        except (RedisConnectionError, RedisTimeoutError, OSError):\n            raise",
        "test_commands_are_sent_again_when_redis_is_back",
    ),
    _redis(
        "a reply that does not come opens the circuit",
        "        except RedisTimeoutError:\n"
        "            if self.circuit is not None:\n"
        "                self.circuit.open()\n"
        "            raise",
        "        except RedisTimeoutError:\n            raise",
        _HANGING,
    ),
    _redis(
        "a server that refuses writes is away",
        '            if str(error).partition(" ")[0] in _REFUSALS:\n'
        "                raise CommandRefusedError(*error.args) from None\n",
        "",
        _REFUSING,
    ),
    _redis(
        "a full server is away",
        "    OutOfMemoryError,\n    ClusterDownError,\n    CommandRefusedError,\n)",
        "    ClusterDownError,\n    CommandRefusedError,\n)",
        "tests/domain/test_outages.py::test_what_is_an_outage",
    ),
    in_file("app.py", "tests/outages/test_redis_away.py")(
        "requests do not wait long for Redis", "REPLY_S = 1.0", "REPLY_S = 5.0", _HANGING
    ),
    in_file("domain/feed/timeline.py", "tests/outages/test_redis_away.py")(
        "feeds go on while Redis is away",
        "            except AWAY:\n                return [Head([], math.inf)] * len(keys)",
        "            except ZeroDivisionError:\n                return [Head([], math.inf)] * len(keys)",
        _KILLED,
    ),
    in_file("domain/accounts/sessions.py", "tests/outages/test_redis_away.py")(
        "private reads go on while Redis is away",
        "        except NOT_DONE:\n            return session_id in await live(self._db, [session_id])",
        "        except ZeroDivisionError:\n            return session_id in await live(self._db, [session_id])",
        _KILLED,
    ),
    in_file("domain/accounts/sessions.py", "tests/outages/test_redis_away.py")(
        "the end of a session is told when Redis is back",
        "            await eventually(self._redis, write)",
        "            await write()",
        "tests/outages/test_redis_away.py::test_who_signed_out_meanwhile_reads_nothing_private_afterwards",
    ),
    in_file("domain/posts/cache.py", "tests/outages/test_redis_away.py")(
        "changes reach the cache when Redis is back",
        "await eventually(redis, write)",
        "await write()",
        "tests/outages/test_redis_away.py::test_what_changed_meanwhile_is_not_read_from_the_cache_afterwards",
    ),
    in_file("domain/accounts/sign_in_guard.py", "tests/outages/test_redis_away.py")(
        "people sign in while Redis is away", "        with suppress(*AWAY):\n", "        with suppress():\n", _KILLED
    ),
]
