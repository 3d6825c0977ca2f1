"""`python -m schema` prints the schema; `make schema` keeps it in schema.graphql."""

import sys

from schema.api import build

sys.stdout.write(build().as_str() + "\n")
