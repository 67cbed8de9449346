"""Measure the project against its peers, and write the results to `benchmarks/README.md`.

    python -m benchmarks [--quick] [--only PART,PART]

`--quick` runs everything, tiny, to see that it runs; it writes nothing. The parts are single, many, footprint and
models; `pacing.py` beside this file is the fifth and runs by itself. Peers are installed, pinned, in `.cache/bench/`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

# `pacing.py` finds its neighbours in this folder, and so do the parts.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench.parts import PARTS
from bench.readme import regenerate
from bench.results import write


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see that it runs, write nothing")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, by commas; all by default")
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := set(names) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for name in names:
        print(f"{name} …", flush=True)
        figures = PARTS[name](quick=options.quick)
        if not options.quick:
            write(name, figures)
            regenerate()


if __name__ == "__main__":
    main()
