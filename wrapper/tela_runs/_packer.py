"""Keeps the many runs that are waited for at once small."""

from __future__ import annotations

import sys
import zlib

from .run import RAW, Run, made

#: What zlib looks back at, at the most, in bytes.
_WINDOW = 32 * 1024


class Packer:
    """Makes runs small, for the many that are waited for at once.

    What was parsed of them is dropped, and their texts, which are much alike, are compressed against the first one.
    """

    __slots__ = ("_sample",)

    def __init__(self) -> None:
        self._sample: bytes | None = None

    def packed(self, run: Run) -> Run:
        """The same run in a fraction of the memory."""
        text = run.to_json()
        if self._sample is None:
            self._sample = text[:_WINDOW]
        deflate = zlib.compressobj(level=1, wbits=RAW, zdict=self._sample)
        small = deflate.compress(text) + deflate.flush()
        if len(small) < len(text):
            return made(run.id, sys.intern(run.status_text), small, None, self._sample)
        return made(run.id, sys.intern(run.status_text), text, None)
