"""What the API says: types, inputs, root tables and permissions. No logic."""
