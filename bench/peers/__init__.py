"""Servers that answer one query over one generated data set, each by another library: see bench.execution.

A server is told what to do by its environment: PEER_PORT, PEER_DATA (what `data.write` wrote), PEER_SCHEMA (in SDL),
and PEER_REDIS where rows come from there. The reader is the number that comes as a bearer token.
"""
