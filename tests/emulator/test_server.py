"""The emulator as its users know it: its API over HTTP, and its life."""

import contextlib
import re
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tela_runs.emulator import Drip, Emulator, Fault, Reset, Stall, Status

from .conftest import Connect, HandClock, WasResetError, read_to_end, request_bytes


def test_a_run_comes_along_by_the_clock(tela: Emulator, http: httpx.Client, clock: HandClock) -> None:
    """A run is created, running and succeeded as its clock passes, and dates itself by it."""
    run_id = tela.add_run({"total": 42}, created_for=1, running_for=2)
    seen = []
    for clock.now in (1000.0, 1001.0, 1003.0):
        seen.append(http.get(run_id).json())
    assert [run["status"] for run in seen] == ["created", "running", "succeeded"]
    assert seen[2]["output_content"]["content"] == {"total": 42}
    seconds = [int(re.sub(r"\D", "", run["updated_at"])[-5:]) for run in seen]  # sec and ms
    assert [(after - seconds[0]) % 60_000 for after in seconds] == [0, 1000, 3000]


def test_scripted_statuses_move_on_with_each_response(tela: Emulator, http: httpx.Client) -> None:
    """Each response sent whole moves one on; one that is lost does not."""
    run_id = tela.add_run(statuses=("created", "paused", "succeeded"))
    tela.inject(Status(503))
    tela.inject(Drip(0))
    tela.inject(Reset(after_bytes=300))
    seen = []
    for _ in range(6):
        try:
            seen.append(http.get(run_id).json()["status"])
        except httpx.ReadError:
            seen.append("lost")
    assert seen == [503, "created", "lost", "paused", "succeeded", "succeeded"]


@pytest.mark.parametrize("authorization", [None, "", "Bearer wrong", "Basic emulator-key", "emulator-key"])
def test_the_key_is_required(tela: Emulator, authorization: str | None) -> None:
    """Without the right key there is nothing but a 401 with the documented body."""
    headers = {} if authorization is None else {"Authorization": authorization}
    response = httpx.get(f"{tela.url}/v2/chat/completions/{tela.add_run()}", headers=headers)
    body = response.json()
    assert (response.status_code, body["code"], body["status"], body["name"]) == (401, "UNAUTHORIZED", 401, "Error")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/chat/completions/unknown", 404),
        ("GET", "/v2/chat/completions/", 404),
        ("GET", "/v2/chat/completions", 405),
        ("GET", "/v2/chat/completions/known/", 404),
        ("GET", "/v2/chat/completions/x/../known", 404),
        ("GET", "/", 404),
        ("POST", "/v2/chat/completions/known", 405),
        ("GET", "/v2/chat/completions/known", 200),
        ("GET", "/v2/chat/completions/k%6Eown?a=b", 200),
    ],
)
def test_only_the_documented_endpoint_is_there(tela: Emulator, method: str, path: str, status: int) -> None:
    """Other paths, methods and ids get errors with the documented body, and never a redirect."""
    tela.add_run(run_id="known")
    connection = socket.create_connection((httpx.URL(tela.url).host, httpx.URL(tela.url).port or 0), timeout=5)
    with connection:  # a bare socket, because clients tidy paths up
        head = f"{method} {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {tela.api_key}\r\n"
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        assert connection.makefile("rb").readline().startswith(f"HTTP/1.1 {status} ".encode())
    assert [(request.path, request.status) for request in tela.requests] == [(path, status)]


def test_an_encoded_slash_is_part_of_an_id(tela: Emulator, http: httpx.Client) -> None:
    """Any id can be asked for when it is encoded, and the request names it decoded."""
    tela.add_run(run_id="../a?b=é")
    assert http.get("..%2Fa%3Fb=%C3%A9").json()["id"] == "../a?b=é"
    assert tela.requests[0].run_id == "../a?b=é"


def test_camel_case_is_per_run_or_for_all(clock: HandClock) -> None:
    """The emulator's spelling holds for every run that does not have its own."""
    with Emulator(camel_case=True, clock=clock) as tela:
        ids = [tela.add_run(), tela.add_run(camel_case=False)]
        key = {"Authorization": f"Bearer {tela.api_key}"}
        runs = [httpx.get(f"{tela.url}/v2/chat/completions/{run_id}", headers=key).json() for run_id in ids]
    assert ["createdAt" in run for run in runs] == [True, False]
    assert ["created_at" in run for run in runs] == [False, True]


def test_requests_are_recorded(tela: Emulator, http: httpx.Client, clock: HandClock) -> None:
    """Requests are listed as they arrived, with the status of their response when there was one."""
    tela.inject(Reset(), run_id="x")
    clock.now = 1234.5
    with pytest.raises(httpx.ReadError):
        http.get("x", headers={"X-Trace": "7"})
    http.get("y")
    first, second = tela.requests
    assert (first.method, first.path, first.run_id) == ("GET", "/v2/chat/completions/x", "x")
    assert (first.headers["x-trace"], first.headers["authorization"]) == ("7", "Bearer emulator-key")
    assert (first.at, first.status, second.run_id, second.status) == (1234.5, None, "y", 404)


def test_only_the_latest_requests_are_kept() -> None:
    """`keep_requests` bounds what is remembered."""
    with Emulator(keep_requests=2) as tela, httpx.Client(base_url=tela.url) as client:
        for path in "abc":
            client.get(f"/{path}")
        assert [request.path for request in tela.requests] == ["/b", "/c"]


def test_responses_carry_a_request_id_of_their_own(tela: Emulator, http: httpx.Client) -> None:
    """Each response, good or bad, has another `x-request-id`, and a date."""
    tela.inject(Status(500))
    responses = [http.get("x"), http.get("x"), http.get(tela.add_run())]
    assert [response.status_code for response in responses] == [500, 404, 200]
    assert len({response.headers["x-request-id"] for response in responses}) == 3
    assert all("GMT" in response.headers["date"] for response in responses)


def test_heal_ends_the_faults(tela: Emulator, http: httpx.Client) -> None:
    """After `heal` requests have good responses again."""
    run_id = tela.add_run()
    tela.inject(Status(500), times=None)
    before = [http.get(run_id).status_code for _ in range(3)]
    tela.heal()
    assert [*before, http.get(run_id).status_code] == [500, 500, 500, 200]


def test_runs_can_be_added_from_many_threads(tela: Emulator, http: httpx.Client) -> None:
    """Runs and faults arrive from several threads without loss."""

    def work(number: int) -> str:
        run_id = tela.add_run(run_id=f"run-{number}")
        tela.inject(Status(418), run_id=run_id)
        return run_id

    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(work, range(200)))
    assert {http.get(run_id).status_code for run_id in ids} == {418}
    assert {http.get(run_id).status_code for run_id in ids} == {200}


@pytest.mark.parametrize(
    "options",
    [{"created_for": -1}, {"run_id": ""}, {"statuses": []}, {"a": {1}}],
)
def test_bad_runs_are_rejected(options: dict[str, object]) -> None:
    """A run that cannot be is refused when it is added, started or not."""
    with pytest.raises((TypeError, ValueError), match=r"must|JSON"):
        Emulator().add_run(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"api_key": ""}, {"keep_requests": -1}])
def test_bad_options_are_rejected(options: dict[str, object]) -> None:
    """Options that make no sense are refused when the emulator is made."""
    with pytest.raises(ValueError, match=r"api_key|maxlen"):
        Emulator(**options)  # type: ignore[arg-type]


def test_a_restart_keeps_the_url_and_the_runs(clock: HandClock) -> None:
    """A server that was down comes back where it was, with the runs it had."""
    tela = Emulator(clock=clock)
    with pytest.raises(RuntimeError, match="start"):
        _ = tela.url
    run_id = tela.add_run()
    responses = []
    for _ in range(2):
        with tela, httpx.Client(headers={"Authorization": f"Bearer {tela.api_key}"}) as client:
            address = f"{tela.url}/v2/chat/completions/{run_id}"
            responses.append(client.get(address).json()["id"])
        with pytest.raises(httpx.ConnectError):
            httpx.get(address)
    assert responses == [run_id, run_id]
    assert (tela.total_connections, tela.open_connections) == (2, 0)


def test_it_is_started_once_and_stopped_any_number_of_times(tela: Emulator) -> None:
    """A second start is an error, and so is a port in use; a second stop is none."""
    with pytest.raises(RuntimeError, match="running already"):
        tela.start()
    with pytest.raises(OSError, match="in use"):
        Emulator(port=httpx.URL(tela.url).port or 0).start()
    tela.stop()
    tela.stop()


@pytest.mark.parametrize("fault", [None, Stall(), Stall(5), Drip(0.5), Drip(0.001, part="body")])
def test_stop_cuts_whatever_goes_on(
    connect: Connect, tela: Emulator, fault: Fault | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopping takes no time to speak of, ends the thread, cuts each connection, and is not an error."""
    if fault is not None:
        tela.inject(fault, times=None)
    run_id = tela.add_run("x" * 100_000)
    with connect() as connection:
        connection.sendall(request_bytes(run_id))
        while not tela.requests:
            time.sleep(0.001)
        started = time.monotonic()
        tela.stop()
        assert time.monotonic() - started < 1.0
        with contextlib.suppress(WasResetError):  # one way to be cut, and the end of the data is the other
            read_to_end(connection)  # a connection left open would time out
    assert caplog.records == []
    assert not any(thread.name == "tela-emulator" for thread in threading.enumerate())


def test_stop_while_clients_come_and_go(capfd: pytest.CaptureFixture[str]) -> None:
    """Stops amid a stream of new connections leave nothing open and say nothing."""
    tela = Emulator()
    tela.start()
    address = (httpx.URL(tela.url).host, httpx.URL(tela.url).port or 0)
    done = threading.Event()

    def visit() -> None:
        while not done.is_set():
            try:
                with socket.create_connection(address, timeout=1) as connection:
                    connection.sendall(request_bytes("x"))
                    connection.recv(1)
            except OSError:
                pass

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    for restart in range(1, 11):
        while tela.total_connections < restart * 5:
            time.sleep(0.001)
        tela.stop()
        tela.start()
    done.set()
    for visitor in visitors:
        visitor.join()
    tela.stop()
    assert tela.open_connections == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("module", ["yaml", "jsonschema"])
def test_without_its_extra_it_says_what_to_install(module: str) -> None:
    """Adding a canvas without what validates a create names the extra."""
    program = f"import sys; sys.modules[{module!r}] = None; from tela_runs.emulator import Emulator; "
    command = [sys.executable, "-c", program + "Emulator().add_canvas('c')"]
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert f"add_canvas needs {module}; install it with: pip install 'tela-runs[emulator]'" in failed.stderr
