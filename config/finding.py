"""What a check of the doctor has found."""

from dataclasses import dataclass
from typing import Literal

type State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """How something stands. `do` is empty when there is nothing to do."""

    state: State
    said: str
    do: str = ""
