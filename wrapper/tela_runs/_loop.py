"""Which event loop code runs on."""

from __future__ import annotations

import asyncio

from .errors import ConfigurationError


def asyncio_loop() -> asyncio.AbstractEventLoop | None:
    """The running event loop of asyncio; None on trio, also where trio is a guest of asyncio's."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return None if asyncio.current_task(loop) is None else loop


class LoopGuard:
    """Holds a client to the event loop that first used it: its connections live in that one."""

    def __init__(self) -> None:
        self._owner: object | None = None

    def refuse_another(self) -> None:
        """Check the running event loop.

        Raises:
            ConfigurationError: It is another than the first one that was checked.
        """
        running: object | None = asyncio_loop()
        if running is None:
            import trio  # noqa: PLC0415 - only where it is what runs

            running = trio.lowlevel.current_trio_token()
        if self._owner is None:
            self._owner = running
        elif self._owner is not running:
            raise ConfigurationError(
                "This AsyncRunsClient belongs to another event loop. Make one client in each event loop."
            )
