"""What tests share: clients, factories, servers and GraphQL documents. No test module is imported by another."""
