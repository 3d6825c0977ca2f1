"""Resolvers: parse arguments, call the domain, return rows. They name no GraphQL type."""
