"""Sends requests and reads responses: the only package that imports httpx and httpcore."""
