"""What a network computes of images, compiled once for each turn in which its CNNs are shown them."""

from collections.abc import Callable
from typing import Any


class ByTurn:
    """Compiled functions by turn, each made when it is first needed.

    >>> functions = ByTurn(lambda turn: lambda image: image + turn)
    >>> functions(2)(40)
    42

    Args:
        make: function of one of `across_blocks.TURNS` that gives a compiled function.
    """

    def __init__(self, make: Callable[[int], Any]) -> None:
        self.make = make
        self.made: dict[int, Any] = {}

    def __call__(self, turn: int) -> Any:
        """The function of a turn."""
        if turn not in self.made:
            self.made[turn] = self.make(turn)
        return self.made[turn]
