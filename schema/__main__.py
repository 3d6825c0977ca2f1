"""`python -m schema` prints the schema; `make schema` keeps it in schema.graphql.

`python -m schema plan FILE [OPERATION]` prints the code that an operation is compiled to; `python -m schema documents
FILE ...` a manifest of documents, having checked them.
"""

import sys
from pathlib import Path

from graphql import GraphQLError

from kit.errors import ApiError
from kit.execution import Unsupported, explain
from kit.execution.manifest import write
from schema.api import build


def main(*arguments: str) -> str:
    """What is printed. Ends the process with a sentence about what is wrong."""
    api = build()
    try:
        match arguments:
            case ():
                return api.as_str() + "\n"
            case ("plan", path, *name):
                text = Path(path).read_text()
                api.trust(text)
                return explain(api, text, name[0] if name else None)
            case ("documents", *paths):
                texts = [Path(path).read_text() for path in paths]
                for path, text in zip(paths, texts, strict=True):
                    try:
                        api.trust(text)
                    except (GraphQLError, ApiError) as error:
                        sys.exit(f"{path}: {error}")
                return write(texts)
    except (OSError, GraphQLError, ApiError, Unsupported) as error:
        sys.exit(str(error))
    sys.exit(__doc__)


sys.stdout.write(main(*sys.argv[1:]))
