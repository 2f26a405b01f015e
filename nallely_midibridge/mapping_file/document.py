"""A file as plain data that remembers where every key and value stood."""

from typing import TypeAlias

from nallely_midibridge.mapping_file.problem import Path, Place, Problem

Data: TypeAlias = "bool | int | float | str | Block | Items | None"


class Block(dict[str, Data]):
    """A mapping. ``places`` has each key's place and its value's, ``size`` how many nodes it stands for."""

    def __init__(self) -> None:
        self.places: dict[str, tuple[Place, Place]] = {}
        self.size = 1

    def put(self, key: str, value: Data, places: tuple[Place, Place]) -> None:
        self[key] = value
        self.places[key] = places


class Items(list[Data]):
    """A list. ``places`` has each item's place, ``size`` how many nodes it stands for."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.size = 1


class Document:
    """A file's data, its places, and the problems found while reading it. ``complete``: read to its end."""

    def __init__(self, name: str, data: Data, problems: list[Problem], complete: bool) -> None:
        self.name = name
        self.data = data
        self.problems = problems
        self.complete = complete

    def value_place(self, path: Path) -> Place:
        """Where the value at a path stands; the nearest thing around it when it has no place of its own."""
        return self._places(path)[1]

    def key_place(self, path: Path) -> Place:
        """Where the last key of a path stands; an item of a list is its own key."""
        return self._places(path)[0]

    def _places(self, path: Path) -> tuple[Place, Place]:
        places: tuple[Place, Place] = ((1, 1), (1, 1))
        here = self.data
        for step in path:
            if isinstance(here, Block) and isinstance(step, str) and step in here.places:
                places, here = here.places[step], here.get(step)
            elif isinstance(here, Items) and isinstance(step, int) and step < len(here):
                places, here = (here.places[step], here.places[step]), here[step]
            else:
                break
        return places
