"""The API as documented, without sockets and faults: from a request to a response, and to a webhook."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from functools import cache
from http.client import HTTPConnection, HTTPException
from importlib.resources import files
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import NAMESPACE_URL, uuid4, uuid5

from attrs import Factory, define, evolve, field, frozen, validators

from .connection import Request, Response, api_response, error_response
from .runs import JSON, EmulatedRun

DEFAULT_API_KEY = "emulator-key"
_PATH = "/v2/chat/completions"
# On the raw path, so that an encoded slash is part of an id and a bare one is not.
_RUN_PATH = re.compile(re.escape(_PATH) + "/([^/]+)")
_logger = logging.getLogger("tela_runs.emulator")


@cache
def _create_validator() -> Any:
    """Make the validator of a create's body, a `jsonschema.Draft202012Validator`, from the contract."""
    try:
        import yaml  # noqa: PLC0415 - of the extra, and only needed where runs are started
        from jsonschema import Draft202012Validator  # noqa: PLC0415
    except ModuleNotFoundError as error:
        hint = f"add_canvas needs {error.name}; install it with: pip install 'tela-runs[emulator]'"
        raise ModuleNotFoundError(hint, name=error.name) from error
    contract = yaml.safe_load(files("tela_api").joinpath("openapi.yaml").read_text("utf-8"))
    body = contract["paths"][_PATH]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return Draft202012Validator({**body, "components": contract["components"]})


def _new_id() -> str:
    return f"crsv-{uuid4().hex[:11]}"  # as long as the one that the documentation shows, `crsv-i52z8vnqekc`


@frozen
class _Canvas:
    id: str
    version_id: str
    environments: Collection[str] | None
    output: JSON | Callable[[dict[str, JSON]], JSON]
    run: EmulatedRun

    def is_meant_by(self, body: dict[str, JSON]) -> bool:
        """Whether a create with this body, which has one of the two ids, runs this canvas."""
        given = body.get("canvas_id", self.id), body.get("version_id", self.version_id)
        is_published = self.environments is None or body.get("environment_name") in {None, *self.environments}
        return given == (self.id, self.version_id) and is_published


@define(kw_only=True, eq=False, repr=False)
class Api:
    """Responds to requests, in one thread; runs and canvases may be added in any."""

    api_key: str = field(default=DEFAULT_API_KEY, validator=validators.min_len(1))
    clock: Callable[[], float] = time.monotonic
    camel_case: bool = False
    # What the clock calls 0, in seconds since 1970: runs and responses carry dates. `Date` has no fractions.
    _epoch: float = field(init=False, default=Factory(lambda self: round(time.time()) - self.clock(), takes_self=True))
    _runs: dict[str, EmulatedRun] = field(init=False, factory=dict)
    _canvases: dict[str, _Canvas] = field(init=False, factory=dict)

    def add_run(
        self,
        output: JSON = None,
        *,
        created_for: float = 0.2,
        running_for: float = 1.0,
        fails: bool = False,
        run_id: str | None = None,
        statuses: Sequence[str] | None = None,
        on_first_request: bool = False,
        canvas_id: str = "c9d6a1de-3a7e-4f0b-8f52-7b1d5a0e9a33",
        camel_case: bool | None = None,
        **fields: JSON,
    ) -> str:
        """Add a run and give its id.

        Args:
            output: what the canvas produces, any JSON; shown once the run has succeeded.
            created_for: seconds in which the run is `created`.
            running_for: seconds after that in which it is `running`, before it is `succeeded`.
            fails: end as `failed` instead.
            run_id: its id; by default a new one.
            statuses: any strings, in place of time and `fails`: each response sent whole moves one on, to the last.
            on_first_request: begin when the run is first requested, not now.
            canvas_id: the canvas it is a run of, in `raw_input`.
            camel_case: as for the emulator, for this run alone.
            fields: top-level fields of the response to add or to override, in every status.

        Raises:
            ValueError, TypeError: a negative duration, a `run_id` that is taken or empty, no list of statuses, or
                values that JSON cannot hold.
        """
        run = EmulatedRun(
            id=_new_id() if run_id is None else run_id,
            output=output,
            created_at=None if on_first_request else self.clock(),
            created_for=created_for,
            running_for=running_for,
            fails=fails,
            statuses=statuses,
            request={"canvas_id": canvas_id},
            fields=fields,
            epoch=self._epoch,
            camel_case=self.camel_case if camel_case is None else camel_case,
        )
        if self._runs.setdefault(run.id, run) is not run:
            raise ValueError(f"there is a run {run.id!r} already; choose another run_id or leave it out")
        return run.id

    def add_canvas(
        self,
        canvas_id: str,
        *,
        output: JSON | Callable[[dict[str, JSON]], JSON] = None,
        fails: bool = False,
        created_for: float = 0.2,
        running_for: float = 1.0,
        version_id: str | None = None,
        environments: Collection[str] | None = None,
    ) -> None:
        """Let `POST /v2/chat/completions` start runs of this canvas; added again, it is replaced.

        Args:
            canvas_id: its id.
            output: any JSON, or a function of the request's body that returns it, holding up other requests meanwhile.
            fails: end each run as `failed`.
            created_for: seconds in which each run is `created`.
            running_for: seconds after that in which it is `running`.
            version_id: the id of its one version; by default made from `canvas_id`.
            environments: the environments that have a version published; None for any.

        Raises:
            ModuleNotFoundError: the extra `emulator` is not installed.
            ValueError, TypeError: a negative duration, or an output that JSON cannot hold.
        """
        _create_validator()  # without the extra this fails now
        run = EmulatedRun(
            id=canvas_id,
            output=None if callable(output) else output,
            created_for=created_for,
            running_for=running_for,
            fails=fails,
            epoch=self._epoch,
            camel_case=self.camel_case,
        )
        version_id = version_id or str(uuid5(NAMESPACE_URL, canvas_id))
        self._canvases = {**self._canvases, canvas_id: _Canvas(canvas_id, version_id, environments, output, run)}

    def _operation(self, request: Request) -> str | None:
        """Give the method of the operation at this path; notes the id of the run that the request is about."""
        path = request.path.partition("?")[0]
        if match := _RUN_PATH.fullmatch(path):
            request.run_id = unquote(match[1])
        return "GET" if match else "POST" if path == _PATH else None

    def _respond(self, request: Request, whole: bool) -> Response:
        """Give the response; `whole` if it is going to be sent whole, so that a scripted run moves on."""
        method = self._operation(request)
        if method is None:
            return error_response(404, f"There is nothing at {request.path}.")
        if request.method != method:
            return error_response(405, f"This path takes {method} alone.").with_headers((("allow", method),))
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            return error_response(401, "The API key is missing, invalid or revoked.")
        if request.run_id is None:
            return self._create(request)
        if (run := self._runs.get(request.run_id)) is None:
            return error_response(404, "There is no such run, or this key cannot access it.")
        return api_response(200, run.body(self.clock(), advance=whole))

    def _create(self, request: Request) -> Response:
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError) as error:
            return error_response(400, f"The request body is not JSON: {error}")
        if not self._canvases:  # the extra that checks the body may be missing too
            return error_response(404, "There is no canvas: add one to the emulator with add_canvas.")
        if isinstance(body, dict) and body.get("webhook_url"):
            body.setdefault("async", True)  # which it implies
        if mistakes := [*_create_validator().iter_errors(body)]:
            # A message may hold the value that it is about, such as a file.
            details = [{"path": [*it.absolute_path], "message": it.message[:200]} for it in mistakes]
            return error_response(400, "The request body is not valid.", details=details)
        canvas = next((canvas for canvas in self._canvases.values() if canvas.is_meant_by(body)), None)
        if canvas is None:
            known = ", ".join(self._canvases)
            return error_response(404, f"There is no such canvas, version or environment; the canvases are: {known}.")
        # Without `async`, which the reference does not show there.
        raw_input = {**body, "canvas_id": canvas.id, "version_id": canvas.version_id}
        del raw_input["async"]
        try:
            output = canvas.output(body) if callable(canvas.output) else canvas.output
            run = evolve(canvas.run, id=_new_id(), request=raw_input, output=output, created_at=self.clock())
        except Exception as error:
            _logger.exception("The output of canvas %s cannot be made", canvas.id)
            return error_response(500, f"The output of canvas {canvas.id} cannot be made: {error!r}")
        self._runs[run.id] = run
        request.run_id = run.id
        if url := body.get("webhook_url"):
            self._deliver(run, url, self.clock() + run.created_for + run.running_for)
        return api_response(200, run.body(self.clock(), advance=False))

    def _deliver(self, run: EmulatedRun, url: str, ends_at: float) -> None:
        """Post the run to its webhook once it has ended."""
        if (left := ends_at - self.clock()) > 0:
            # A clock of the test's own may stand still, or jump.
            pause = left if self.clock is time.monotonic else 0.01
            asyncio.get_running_loop().call_later(pause, self._deliver, run, url, ends_at)
        else:
            body = run.body(self.clock(), advance=False)
            Thread(target=_post, args=(run.id, url, body), name="tela-webhook", daemon=True).start()


def _post(run_id: str, url: str, body: bytes) -> None:
    """Post a run to its webhook, once; failures are logged."""
    try:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("the emulator posts to http URLs of this machine alone")  # noqa: TRY301
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        with closing(HTTPConnection(parts.hostname, parts.port, timeout=10)) as connection:
            connection.request("POST", target, body, {"content-type": "application/json"})
            status = connection.getresponse().status
    except (OSError, ValueError, HTTPException) as error:
        _logger.warning("The webhook of run %s did not reach %r: %s", run_id, url, error)
    else:
        _logger.info("The webhook of run %s reached %r: %d", run_id, url, status)
