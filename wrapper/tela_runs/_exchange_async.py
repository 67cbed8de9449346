"""One request and its answer, asynchronously; what an exchange comes to is decided in `_exchange`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from ._exchange import FAILURES, BaseExchange, concluded
from ._gateway import retrieve_path
from ._intake import Intake

if TYPE_CHECKING:
    from ._answer import Seen
    from ._settings import Secret
    from ._wire import AsyncWire

_FAILURES: tuple[type[BaseException], ...] = (*FAILURES, anyio.BrokenResourceError, anyio.ClosedResourceError)


class AsyncExchange(BaseExchange):
    """Asks for runs, asynchronously."""

    def __init__(self, wire: AsyncWire, key: Secret, host: str, max_response_bytes: int) -> None:
        super().__init__(key, host, max_response_bytes)
        self._wire = wire

    async def look(self, run_id: str, timeout: float) -> Seen:
        """Ask for a run once, for at most ``timeout`` seconds.

        Raises:
            APIError: The exchange did not bring the run.
            ConfigurationError: The client is closed, or belongs to another event loop.
        """
        path = retrieve_path(run_id)
        intake = Intake(self._max_response_bytes)
        failure: BaseException | None = None
        try:
            with anyio.move_on_after(timeout) as scope:
                await self._wire.get(path, self._headers(), timeout, intake)
            if scope.cancelled_caught:
                failure = TimeoutError()
        except _FAILURES as error:
            failure = self._bare(error)
        return concluded(run_id, intake, failure, timeout, self._conceal)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()
