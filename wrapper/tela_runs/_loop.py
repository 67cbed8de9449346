"""Which event loop code runs on."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def _asyncio_loop() -> asyncio.AbstractEventLoop | None:
    """The running event loop of asyncio; None on trio, also where trio is a guest of asyncio's."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return None if asyncio.current_task(loop) is None else loop


def scheduler() -> Callable[[Callable[[], object]], object]:
    """What calls a function soon on the running event loop; may be used from any thread."""
    loop = _asyncio_loop()
    if loop is not None:
        return loop.call_soon_threadsafe
    import trio  # noqa: PLC0415 - only where it is what runs

    return trio.lowlevel.current_trio_token().run_sync_soon


def spawn(function: Callable[[], Awaitable[None]], ended: Callable[[], None]) -> Any:
    """Start a task beside the current one; what is returned keeps it alive.

    ``ended`` is called in any case, also where the task was cancelled before it began.
    """
    loop = _asyncio_loop()
    if loop is None:
        import trio  # noqa: PLC0415 - only where it is what runs

        return trio.lowlevel.spawn_system_task(function, context=copy_context())

    async def main() -> None:
        await function()

    task = loop.create_task(main())
    task.add_done_callback(lambda _: ended())
    return task


class LoopGuard:
    """Holds a client to the event loop that first used it: its connections live in that one."""

    def __init__(self) -> None:
        self._owner: object | None = None

    def check(self) -> None:
        """Check the running event loop.

        Raises:
            ConfigurationError: It is another than the first one that was checked.
        """
        running: object | None = _asyncio_loop()
        if running is None:
            import trio  # noqa: PLC0415 - only where it is what runs

            running = trio.lowlevel.current_trio_token()
        if self._owner is None:
            self._owner = running
        elif self._owner is not running:
            raise ConfigurationError(
                "This AsyncRunsClient belongs to another event loop. Make one client in each event loop."
            )
