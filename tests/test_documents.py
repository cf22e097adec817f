"""Documents and files of the repository say what is true, and hold nothing they must not."""

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout
    return [REPOSITORY / name for name in listed.decode().split("\0") if name]


def text_files() -> list[Path]:
    return [path for path in tracked() if path.suffix not in {".png", ".gz", ".dcm"} and path.is_file()]


def test_the_glossary_holds_at_most_sixty_words_each_once() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", (REPOSITORY / "GLOSSARY.md").read_text("utf-8"), re.M)
    words = [row for row in rows if row not in ("word", "---")]
    assert len(words) <= 60 and len(set(words)) == len(words) and words == sorted(words, key=str.lower)


def test_the_list_of_commands_is_the_programs_own() -> None:
    namespace: dict[str, object] = {"__name__": "docs_make", "__file__": str(REPOSITORY / "docs" / "make.py")}
    exec((REPOSITORY / "docs" / "make.py").read_text("utf-8"), namespace)
    made = namespace["commands_text"]
    assert callable(made)
    assert (REPOSITORY / "docs" / "commands.md").read_text("utf-8") == made(), "run: python docs/make.py commands"


@pytest.mark.parametrize("name", ["build.txt", "run.txt", "dev.txt"])
def test_requirements_are_pinned_with_hashes_and_name_no_address(name: str) -> None:
    text = (REPOSITORY / "requirements" / name).read_text("utf-8")
    pins = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert pins and all("==" in pin and pin.endswith("\\") for pin in pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text and "--index" not in text and "--find-links" not in text


def test_no_file_names_a_package_registry_or_a_machine() -> None:
    forbidden = re.compile("|".join(["py" + "pi\\.org", "python" + "hosted", "npm" + "js\\.", "deb\\." + "debian"]))
    found = [str(path) for path in text_files() if forbidden.search(path.read_text("utf-8", errors="replace"))]
    assert found == []


def test_readme_shows_code_and_its_output_before_line_25() -> None:
    head = (REPOSITORY / "README.md").read_text("utf-8").splitlines()[:25]
    code = [line for line in head if line.startswith(">>> ")]
    assert "```python" in head and len(code) == 8
