"""What options take, and options that several commands have."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_DURATION = re.compile(r"(?:(?P<d>[\d.]+)d)?(?:(?P<h>[\d.]+)h)?(?:(?P<m>[\d.]+)m(?:in)?)?(?:(?P<s>[\d.]+)s?)?")
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def seconds(text: str) -> float:
    """The seconds of a duration: ``300``, ``1.5``, ``5m``, ``1h30m``, ``2d``."""
    parts = _DURATION.fullmatch(text.strip().lower())
    try:
        total = sum(float(number) * _SECONDS[unit] for unit, number in parts.groupdict("0").items()) if parts else 0
    except ValueError:
        total = 0
    if not 1e-3 <= total <= 1e9:  # noqa: PLR2004 - a millisecond to some 30 years
        raise click.BadParameter(f"{text!r} is not a duration. Give one like 300, 5m or 1h30m.")
    return total


def seconds_or_none(text: str) -> float:
    """The same; infinity for ``none``, since click takes None for an option that was not given."""
    return math.inf if text == "none" else seconds(text)


def named(_context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """The values of an option ``NAME=VALUE`` that may be given often."""
    pairs: dict[str, str] = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not (name and sign):
            raise click.BadParameter(f"{value!r} has no name or no value. Give NAME=VALUE.")
        if name in pairs:
            raise click.BadParameter(f"{name!r} is given twice to {option.opts[0]}. Give it once.")
        pairs[name] = text
    return pairs


def _without_version(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    try:
        path = urlsplit(value or "").path
    except ValueError:
        return value  # which the client rejects, and says why
    if path.rstrip("/").endswith(("/v2", "/v2/chat/completions")):
        raise click.BadParameter("The path /v2 is added to the base URL. Leave it off.")
    return value


_base_url_option = click.option(
    "--base-url",
    metavar="URL",
    envvar="TELA_BASE_URL",
    show_envvar=True,
    callback=_without_version,
    help="The base URL of the API.",
)
_verbose_option = click.option(
    "-v", "--verbose", "verbosity", count=True, help="Log what happens; -vv logs every request."
)


def client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of commands that send requests."""
    return _base_url_option(_verbose_option(command))


timeout_option = click.option(
    "--timeout",
    metavar="DURATION",
    type=seconds_or_none,
    default="10m",
    show_default=True,
    help="How long to wait: 300, 5m, 1h30m; 'none' for ever.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per run, each on its own line."
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print only the outputs: no progress, no totals.")
