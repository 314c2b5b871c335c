"""Who imports whom: the local cloud nothing of the product, and the product the local cloud only to rehearse."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# functions/ is on the path, as in Lambda.
PRODUCT = {"functions", "workflow", "console", "app", *(path.stem for path in (ROOT / "functions").iterdir())}


def imports(file: Path) -> Iterator[str]:
    """The top-level names of what a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_localcloud_imports_nothing_of_the_product() -> None:
    files = (ROOT / "localcloud").rglob("*.py")
    found = {(str(file.relative_to(ROOT)), name) for file in files for name in imports(file)}
    assert ("localcloud/patches.py", "localcloud") in found  # an import within a function
    assert {(file, name) for file, name in found if name in PRODUCT} == set()


def test_only_the_rehearsal_imports_the_local_cloud() -> None:
    files = [
        *(file for folder in ("functions", "workflow", "console") for file in (ROOT / folder).rglob("*.py")),
        ROOT / "app.py",
    ]
    assert {file.name for file in files if "localcloud" in imports(file)} == {"drill.py", "cloud.py"}


def test_no_handler_imports_another() -> None:
    handlers = {file.stem: file for file in (ROOT / "functions").glob("*.py")}
    assert {"triage", "enrich", "restore", "notify"} <= handlers.keys()
    assert not [name for name, file in handlers.items() if handlers.keys() & set(imports(file))]
