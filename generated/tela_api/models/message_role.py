# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
from enum import StrEnum
from typing import Any, Self


class MessageRole(StrEnum):
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"
    USER = "user"

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unlisted = str.__new__(cls, value)
        unlisted._name_ = unlisted._value_ = value
        return unlisted

    # By value: the members that `_missing_` makes cannot be found by name, which is how some versions of Python pickle.
    def __reduce_ex__(self, protocol: Any) -> tuple[type[Self], tuple[str]]:
        return self.__class__, (self.value,)

    # Enum has no copy methods before Python 3.12, and a copy is to stay the member that it is.
    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self
