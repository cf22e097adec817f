"""The README's Python is run against the demo, and says what comes out."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_what_python_prints(demo_home: Path, tmp_path: Path) -> None:
    block = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)
    assert block is not None and len(doctest.DocTestParser().get_examples(block.group(1))) == 8
    (tmp_path / "calcitrial-home").symlink_to(demo_home)
    (tmp_path / "readme.txt").write_text(block.group(1), "utf-8")
    run = [sys.executable, "-m", "doctest", "readme.txt"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
