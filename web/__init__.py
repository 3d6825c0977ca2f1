"""The edges: HTTP and WebSocket."""
