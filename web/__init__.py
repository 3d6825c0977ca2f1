"""The HTTP and WebSocket servers."""
