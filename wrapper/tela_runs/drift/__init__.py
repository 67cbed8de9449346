"""Where the API's responses have left the contract, and what to add to `openapi.yaml` so that they are in it again.

    from tela_runs.drift import find_drift

    for deviation in find_drift([run.to_dict()]):
        print(deviation.kind, deviation.path, deviation.count)

Old clients live with drift: unknown fields and values are kept, and what does not fit is given as received. This tells
the people who keep the contract that there is some. The command `tela-runs drift` and `nox -s upstream` are made of it.

Needs PyYAML, of the extra `cli`, where the contract is read or YAML is written; the comparison itself needs nothing.
"""

from .amendment import amend, amendment, amendment_yaml
from .comparison import Deviation, Kind, find_drift
from .contract import Contract, MissingContractError, documented_contract

__all__ = [
    "Contract",
    "Deviation",
    "Kind",
    "MissingContractError",
    "amend",
    "amendment",
    "amendment_yaml",
    "documented_contract",
    "find_drift",
]
