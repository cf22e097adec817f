"""The house: a room imports from earlier rooms only, and only what their `__init__` names."""

import ast
from pathlib import Path

import pytest

import calcitrial

PACKAGE = Path(calcitrial.__file__).parent
ROOMS = [
    "protocol",
    "record",
    "people",
    "quality",
    "identity",
    "consents",
    "participants",
    "diary",
    "lesions",
    "pharmacy",
    "dicom",
    "intake",
    "objects",
    "voxels",
    "imaging",
    "tracking",
    "stills",
    "phantoms",
    "reading",
    "safety",
    "vigilance",
    "outcomes",
    "evidence",
    "models",
    "statistics",
    "analysis",
    "documents",
    "figures",
    "sections",
    "reporting",
    "synthesis",
    "claims",
    "leaflet",
    "design",
    "exchange",
    "registrations",
    "registry",
    "matching",
    "web",
    "desk",
    "consent_desk",
    "visit_desk",
    "treatment_desk",
    "diary_desk",
    "safety_desk",
    "data_desk",
    "clinic",
    "public",
    "api",
    "demonstration",
    "commands",
]
# Rooms that may use the verbs, which hold the rules of every other room.
DESKS = ROOMS[ROOMS.index("desk") :]
BESIDE = ("version", "compiled", "whole_file", "mail")


def imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    named = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    found = [node.module for node in named if node.module and node.module != "calcitrial"]
    found += [f"calcitrial.{alias.name}" for node in named if node.module == "calcitrial" for alias in node.names]
    found += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return [name for name in found if name.startswith("calcitrial")]


def test_every_room_is_listed_and_says_what_it_is() -> None:
    there = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert there == set(ROOMS)
    for room in ROOMS:
        assert ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8")))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_takes_from_earlier_rooms_only_what_they_offer(room: str) -> None:
    for path in (PACKAGE / room).rglob("*.py"):
        for name in imports(path):
            parts = name.split(".")
            if len(parts) == 1 or parts[1] in (room, *BESIDE) or (room in DESKS and parts[1] == "verbs"):
                assert name != "calcitrial", f"{path.name} imports the verbs, which import the rooms"
                continue
            assert len(parts) == 2, f"{path.name} reaches into {name}"
            assert ROOMS.index(parts[1]) < ROOMS.index(room), f"{path.name} imports the later room {parts[1]}"


def test_nothing_lies_deeper_than_a_room() -> None:
    for path in PACKAGE.rglob("*.py"):
        depth = len(path.relative_to(PACKAGE).parts)
        assert depth <= 2 or "migrations" in path.parts, path
