"""Draws `docs/images/wait.svg`: what `tela-runs wait` shows during a wait for sixty runs, on a terminal of 80 columns.

It is a picture of the command at work: it runs in a pseudo-terminal, against the emulator, and what is on the screen
when five in six of the runs have ended is drawn. Needs the group `test` and all extras.
"""

from __future__ import annotations

import io
import os
import re
import sys
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.text import Text

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / name) for name in ("generated", "wrapper", "tests/cli")]

from tela_runs.emulator import Emulator  # noqa: E402
from terminal import Terminal  # noqa: E402 - the path is set above

COLUMNS, LINES = 80, 20
COUNT = 60
OUTPUTS = (
    "The contract ends on 31 March, with three months' notice.",
    {"invoice": "2024-117", "total": 1280.5, "currency": "EUR"},
    ["urgent", "billing"],
    "Dear Ms Ferreira, thank you for your letter of 3 May. We will send a replacement.",
)


def main() -> None:
    """Run the command, and draw what it shows."""
    with Emulator() as tela:
        environment = {
            **{name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}},
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TELA_BASE_URL": tela.url,
            "TELA_API_KEY": tela.api_key,
        }
        for number in range(COUNT):
            tela.add_run(
                OUTPUTS[number % len(OUTPUTS)],
                run_id=f"crsv-i52z8vn{number:04d}",
                created_for=1 + number % 3,
                running_for=3 + 12 * (number * 0.6180339887 % 1),
                fails=number % 17 == 5,  # noqa: PLR2004 - a few
            )
        ids = [f"crsv-i52z8vn{number:04d}" for number in range(COUNT)]
        with Terminal(["wait", *ids], environment, COLUMNS, LINES) as terminal:
            terminal.until(r"(49|50|51)/60 done · \d failed · about \d+ s left", timeout=60)
            picture = drawn(terminal)
    (ROOT / "docs" / "images" / "wait.svg").write_text(picture, encoding="utf-8")


def drawn(terminal: Terminal) -> str:
    """The screen as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text("$ tela-runs wait --ids-file ids.txt"))
    for row in range(LINES - 1):
        cells = [terminal.screen.buffer[row][column] for column in range(COLUMNS)]
        line = Text()
        for (colour, bold), same in groupby(cells, key=lambda cell: (cell.fg, cell.bold)):
            text = "".join(cell.data for cell in same)
            # Some viewers drop blanks that a piece begins with, and none those that it ends with.
            line.append(" " * (len(text) - len(text.lstrip())), line.spans[-1].style if line.spans else None)
            line.append(text.lstrip(), Style(color=named(colour), bold=bold))
        line.rstrip()
        console.print(line, no_wrap=True, overflow="crop")
    svg = console.export_svg(title="tela-runs wait", unique_id="wait")
    # Without the fonts, which a browser would fetch from elsewhere: any monospaced one will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def named(name: str) -> str | None:
    """A colour of the terminal emulator as one of rich."""
    if name == "default":
        return None
    if re.fullmatch("[0-9a-f]{6}", name):
        return f"#{name}"
    return name.replace("brown", "yellow").replace("bright", "bright_")


if __name__ == "__main__":
    main()
