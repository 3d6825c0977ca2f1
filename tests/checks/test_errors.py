"""docs/errors.md lists every code that clients can get, and nothing else."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from kit.errors import ApiError, ApiErrorCode
from schema.errors import UserErrorCode
from web import graphql, s3_uploads, shedding, sockets

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"[A-Z][A-Z_]+")
HTTP_ERRORS = range(400, 600)


def tables() -> dict[str, dict[str, list[str]]]:
    """The tables of the page that say what to do: by the name of their first column, the other cells by its value."""
    found: dict[str, dict[str, list[str]]] = {}
    rows: dict[str, list[str]] = {}
    for line in (ROOT / "docs" / "errors.md").read_text().splitlines():
        if not line.startswith("| "):
            continue
        first, *others = (cell.strip() for cell in line.strip("|").split("|"))
        if others == ["when", "what the client does", "retry"]:
            rows = found[first.strip("`")] = {}
        elif first == "field":
            rows = {}
        else:
            assert first not in rows, first
            rows[first.strip("`")] = others
    return found


TABLES = tables()


def files(*names: str) -> Iterator[Path]:
    for name in names:
        yield from sorted(ROOT.glob(name))


def constants(node: ast.AST) -> Iterator[str]:
    """Codes written out in an expression."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and CODE.fullmatch(each.value):
            yield each.value


def called(node: ast.Call) -> str:
    function = node.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def calls(paths: Iterator[Path], *names: str) -> Iterator[ast.Call]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and called(node) in names:
                yield node


def subclasses(of: type[ApiError]) -> Iterator[type[ApiError]]:
    yield of
    for each in of.__subclasses__():
        yield from subclasses(each)


def literal_codes() -> set[str]:
    """Codes of errors that edges and the schema write out: in calls, in defaults, and as values of `code`."""
    edges = ("web/*.py", "schema/*.py")
    found = {code for call in calls(files(*edges), "error", "_refused") for code in constants(call)}
    for path in files(*edges):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "code":
                        found |= set(constants(value))
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
                    found |= set(constants(default))
    proxy = (ROOT / "docs" / "operations" / "nginx-api.conf").read_text()
    return found | set(re.findall(r'"code":"(\w+)"', proxy))


def test_every_answer_is_given() -> None:
    assert set(TABLES) == {"extensions.code", "UserErrorCode", "status", "Code", "code"}
    for rows in TABLES.values():
        for code, answers in rows.items():
            assert len(answers) == 3, code
            assert all(answers), code


def test_every_code_of_an_error_is_listed() -> None:
    importlib.import_module("app")  # and with it all modules that have subclasses
    ours = {each.code for each in subclasses(ApiError) if not each.__module__.startswith("tests.")}
    literal = literal_codes()
    assert {"PERSISTED_QUERY_NOT_FOUND", "RATE_LIMITED", "INTERNAL"} <= literal, "the scan finds what is known"
    assert set(TABLES["extensions.code"]) == ours | literal == set(get_args(ApiErrorCode))


def test_every_code_of_a_user_error_is_listed() -> None:
    assert set(TABLES["UserErrorCode"]) == {code.value for code in UserErrorCode}


def test_domain_and_clients_know_the_same_user_errors() -> None:
    """One that the enum lacks would be answered as INTERNAL."""
    used = set()
    for call in calls(
        files("domain/**/*.py", "kit/text.py", "resolvers/*.py"), "mistake", "UserError", "add", "InvalidInputError"
    ):
        if call.args and isinstance(call.args[0], ast.Constant):
            used |= set(constants(call.args[0]))
    assert used == {code.value for code in UserErrorCode}


def test_every_status_of_the_api_is_listed() -> None:
    found = {403, 405}  # of servers and Strawberry: to refuse a handshake, a method
    for path in files("web/graphql.py", "web/shedding.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and type(node.value) is int and node.value in HTTP_ERRORS:
                found.add(node.value)
    proxy = (ROOT / "docs" / "operations" / "nginx-api.conf").read_text()
    found |= {int(status) for status in re.findall(r"^\s+return (\d+) ", proxy, re.MULTILINE)}
    assert {int(status) for status in TABLES["status"]} == found | {200}


def test_every_code_of_an_s3_error_is_listed_with_its_status() -> None:
    listed = {code: int(cells[0].partition(":")[0]) for code, cells in TABLES["Code"].items()}
    assert listed == s3_uploads.STATUSES
    raised = {
        call.args[0].value
        for call in calls(files("web/s3_uploads.py"), "S3Error")
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert raised <= set(listed)
    assert set(s3_uploads.CODES.values()) <= set(listed)


def test_every_close_code_is_listed() -> None:
    found = set()
    for call in calls(files("web/sockets.py"), "SocketCloseError", "end", "close"):
        if call.args and isinstance(call.args[0], ast.Constant):
            found.add(call.args[0].value)
        elif call.args and isinstance(call.args[0], ast.Name) and call.args[0].id.isupper():
            found.add(getattr(sockets, call.args[0].id))
    found |= {code for code, _ in sockets.CLOSINGS.values()}
    assert {int(code) for code in TABLES["code"]} == found


def test_the_bounds_of_the_proxy_are_those_of_the_process() -> None:
    proxy = (ROOT / "docs" / "operations" / "nginx-api.conf").read_text()
    assert f"client_max_body_size {graphql.MAX_BODY // 1024}k;" in proxy
    [(count, size)] = re.findall(r"large_client_header_buffers (\d+) (\d+)k;", proxy)
    assert int(count) * int(size) * 1024 == shedding.MAX_HEADER_BYTES
