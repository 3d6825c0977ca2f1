"""Commands: one function for each use case that changes something.

Every caller uses them: GraphQL mutations, the S3 upload endpoints, workers, tools. Each takes the `Viewer` who acts and
the IDs of rows, and does the whole use case: it loads what it needs, decides whether the viewer may do this, writes in
one transaction (again if a relationship has changed meanwhile), records events, announces after the commit, and returns
the rows as the viewer sees them then. A row ID of 0 is one that does not exist.

Errors: UserErrors for what the user can fix; Unauthenticated where the session has ended.
"""
