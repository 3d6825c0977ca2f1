"""PostgreSQL, Valkey and SeaweedFS from pip packages, on this machine: for `make run`, for tests and for CI."""
