"""Runs the tests that graphql-core and Strawberry have of execution with the compiled executor: `make upstream`.

Each suite runs twice, with Strawberry's own executor and with the compiled one; what ends otherwise is listed.
graphql-core's tests come with its source package. Strawberry's does not have them: name a checkout of its repository
with `--strawberry` (`make upstream ARGS="--strawberry ../strawberry"`), or that suite is left out.
"""

import argparse
import importlib.metadata
import os
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGINS = (
    "pytest-describe",
    "pytest-timeout",
    "pytest-benchmark",
    "pytest-mock",
    "pytest-snapshot",
    "pytest-emoji",
    "inline-snapshot",
    "freezegun",
    "pydantic",
    "email-validator",
    "python-multipart",
    "opentelemetry-api",
    "opentelemetry-sdk",
)
PLUGIN = """
import os
import sys

import pytest
import strawberry.schema.schema
import strawberry.utils
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Reference

from kit.execution import CompiledExecutor
from kit.execution.plans import PlanCache

ran = {True: 0, False: 0}


class Compiled(CompiledExecutor):
    runs_before_compiling = 0
    plan_cache = PlanCache(share=1)

    def decided(self, *, compiled):
        ran[compiled] += 1


if not hasattr(strawberry.utils, "IS_GQL_32"):  # tests of Strawberry 0.324 and before ask for it
    strawberry.utils.IS_GQL_32 = False
executor = {"reference": Reference, "compiled": Compiled}[os.environ["UPSTREAM_EXECUTOR"]]
strawberry.schema.schema.StrawberryGraphQLCoreExecutionContext = executor
if os.environ["UPSTREAM_SUITE"] == "graphql-core":
    execute = sys.modules["graphql.execution.execute"]
    execute.IncrementalExecutor = execute.ExecutorThrowingOnIncremental = executor


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"operations run by plans: {ran[True]}, otherwise: {ran[False]}")
"""
SUITES = {
    "graphql-core": [
        "tests/execution",
        "tests/test_star_wars_query.py",
        "tests/test_graphql.py",
        "tests/test_user_registry.py",
    ],
    "strawberry": [
        "tests/schema",
        "tests/fields",
        "tests/enums",
        "tests/objects",
        "tests/extensions",
        "tests/relay",
        "tests/types",
        "tests/federation",
        "tests/test",
        "tests/test_dataloaders.py",
        "tests/test_info.py",
    ],
}


def graphql_core(folder: Path) -> Path:
    """Its source package, unpacked."""
    name = f"graphql-core=={importlib.metadata.version('graphql-core')}"
    options = ["--quiet", "--no-deps", "--no-binary", "graphql-core", "--dest", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, name], check=True)
    [package] = folder.glob("graphql_core-*.tar.gz")
    with tarfile.open(package) as archive:
        archive.extractall(folder, filter="data")
    return folder / package.name.removesuffix(".tar.gz")


def results(suite: str, source: Path, executor: str, folder: Path) -> dict[str, str]:
    """How each test ended, by its name."""
    report = folder / f"{suite}-{executor}.xml"
    places = [str(source / place) for place in SUITES[suite] if (source / place).exists()]
    paths = [str(folder), str(folder / "plugins"), str(ROOT)]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "UPSTREAM_EXECUTOR": executor,
        "UPSTREAM_SUITE": suite,
    }
    options = [
        "-q",
        "--no-header",
        "--continue-on-collection-errors",
        "--tb=short",
        "-o",
        "addopts=",
        "-p",
        "no:cacheprovider",
        "-p",
        "upstream_plugin",
    ]
    asyncio = [] if suite == "graphql-core" else ["-o", "asyncio_mode=auto"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *asyncio, f"--junitxml={report}", *places],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
    )
    (folder / f"{suite}-{executor}.txt").write_text(ended.stdout + ended.stderr)
    if not report.exists():
        sys.exit(f"{suite} could not be run:\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
    print(f"{suite}, {executor}: " + " / ".join(ended.stdout.strip().splitlines()[-2:]))
    found: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        outcome = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")
        found[f"{case.get('classname')}::{case.get('name')}"] = outcome
    return found


def main() -> int:
    """Print what ends otherwise by the compiled executor; 1 where something does that fails."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--strawberry", type=Path, help="a checkout of Strawberry's repository")
    arguments.add_argument("--keep", type=Path, help="a folder for packages and reports; else a temporary one")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "upstream_plugin.py").write_text(PLUGIN)
        if not (folder / "plugins").exists():
            target = ["--quiet", "--target", str(folder / "plugins")]
            subprocess.run([sys.executable, "-m", "pip", "install", *target, *PLUGINS], check=True)
        sources = {"graphql-core": graphql_core(folder)}
        if given.strawberry:
            sources["strawberry"] = given.strawberry.resolve()
        worse = False
        for suite, source in sources.items():
            reference = results(suite, source, "reference", folder)
            compiled = results(suite, source, "compiled", folder)
            for name in sorted(reference | compiled):
                before, after = reference.get(name, "absent"), compiled.get(name, "absent")
                if before != after:
                    worse = worse or after != "passed"
                    print(f"  {name}: {before} by the reference, {after} by plans")
    return int(worse)


if __name__ == "__main__":
    sys.exit(main())
