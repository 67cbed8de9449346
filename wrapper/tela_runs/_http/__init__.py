"""How requests are sent and responses are read: the only package that imports httpx and httpcore."""
