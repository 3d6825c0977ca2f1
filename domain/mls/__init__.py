"""End-to-end encrypted conversations by MLS (RFC 9420): a directory of key packages, and delivery.

docs/decisions/0012-mls.md says what the server sees, and what it does not.
"""
