"""A compiled executor for any Strawberry schema: the answers of graphql-core, without its work for every field.

An operation is laid out once (`plan`) and written as Python (`source`): one function for every field that is resolved
in its turn, which completes the values of all parents. Whatever is not as expected goes to graphql-core (`fallback`).

What makes a schema fast is said in the metadata of its fields, beside their ordinary resolvers:

- `{"batch": many}`: `many(context, parents, **arguments)` gives, at once or awaited, a list of values in the order of
  `parents`; an exception in a place is the error of that parent.
- `{"call": call}`: `call(info, parent, **arguments)` gives the value, at once or awaited; `info` is graphql-core's.
- `{"derive": bind}`: `bind(context, **arguments)` gives a function of a parent, which waits for nothing.

The two ways must answer alike. Types whose rows are of other classes name these: `is_type_of = instances_of(Row)`.
"""

from kit.execution.executor import CompiledExecutor, explain, warm
from kit.execution.plan import Unsupported
from kit.execution.values import instances_of

__all__ = ["CompiledExecutor", "Unsupported", "explain", "instances_of", "warm"]
