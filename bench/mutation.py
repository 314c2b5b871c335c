"""Changes functions/ at random, one small change at a time, and counts those that the tests notice: `make mutation`.

Only tests without the local cloud are asked. A change that nothing notices is a promise without a test, or changes
nothing that anybody sees. 100 changes take some ten minutes on two cores.
"""

import ast
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
TESTS = ("tests/functions", *(f"tests/workflow/test_{name}.py" for name in ("settings", "eventbridge", "stack")))
SECONDS = 300  # a change that makes the tests hang is noticed, too
OPPOSITE: dict[type, type] = {
    **{
        ast.Eq: ast.NotEq,
        ast.NotEq: ast.Eq,
        ast.Is: ast.IsNot,
        ast.IsNot: ast.Is,
        ast.In: ast.NotIn,
        ast.NotIn: ast.In,
    },
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt},
    **{ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add},
}


class Change(NamedTuple):
    """Another text for the bytes from `start` to `end` of a file."""

    path: Path
    line: int
    start: int
    end: int
    text: str

    def __str__(self) -> str:
        """Where, and from what to what."""
        was = (ROOT / self.path).read_bytes()[self.start : self.end].decode()
        return f"{self.path}:{self.line}  {' '.join(was.split())}  ->  {self.text}"


def main(seed: int, count: int = 100) -> None:
    """Try so many changes; print those that no test notices, and how many were noticed."""
    paths = sorted(path.relative_to(ROOT) for path in (ROOT / "functions").rglob("*.py"))
    chosen = random.Random(seed).sample([change for path in paths for change in changes(path)], count)
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            trees.put(copy(Path(folder) / str(number)))
        if not passes(tree := trees.get()):
            raise SystemExit("the tests fail as it is: mend that first")
        trees.put(tree)
        noticed = 0
        for change, is_noticed in zip(chosen, pool.map(lambda change: notices(change, trees), chosen), strict=True):
            noticed += is_noticed
            if not is_noticed:
                print(change, flush=True)
    print(f"seed {seed}: {noticed} of {count} changes noticed")


def copy(folder: Path) -> Path:
    """The files that git knows, in a folder of their own."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    return folder


def notices(change: Change, trees: "SimpleQueue[Path]") -> bool:
    """Whether a test fails once a tree has the change."""
    tree = trees.get()
    path = tree / change.path
    before = path.read_bytes()
    path.write_bytes(before[: change.start] + change.text.encode() + before[change.end :])
    try:
        return not passes(tree)
    finally:
        path.write_bytes(before)
        trees.put(tree)


def passes(tree: Path) -> bool:
    """Whether all tests pass in a tree."""
    # No compiled files: they are told apart by size and second, and a change may keep both.
    environment = {**os.environ, "PYTHONPATH": f"{tree}:{tree / 'functions'}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *TESTS]
    try:
        return subprocess.run(command, cwd=tree, env=environment, capture_output=True, timeout=SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def changes(path: Path) -> Iterator[Change]:
    """Every small change of a file."""
    source = (ROOT / path).read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    nodes = (node for node in looked_at(ast.parse(source)) if isinstance(node, ast.expr | ast.stmt))
    for node in nodes:
        for other in variants(node):
            start, end = (
                starts[node.lineno - 1] + node.col_offset,
                starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0),
            )
            text = ast.unparse(other)
            yield Change(path, node.lineno, start, end, f"({text})" if isinstance(other, ast.expr) else text)


def looked_at(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but for what no test can notice and for texts with something filled in."""
    yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "type_params"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr) and not is_silent(child):
                    yield from looked_at(child)


def is_silent(node: ast.AST) -> bool:
    """Whether no test can notice it: a docstring, a type as in Literal["such"], or that a TypedDict lacks some keys."""
    match node:
        case ast.Expr(ast.Constant()) | ast.Subscript(ast.Name("Literal")) | ast.keyword("total"):
            return True
    return False


def variants(node: ast.expr | ast.stmt) -> Iterator[ast.expr | ast.stmt]:
    """What may stand in a node's place: a text only if it is a code or a name, not words for people."""
    match node:
        case ast.Compare(left, [op], [right]):
            yield ast.Compare(left, [OPPOSITE[type(op)]()], [right])
        case ast.BoolOp(op, values):
            yield ast.BoolOp(OPPOSITE[type(op)](), values)
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
            yield ast.BinOp(left, OPPOSITE[type(op)](), right)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(str() as value) if value and not set(value) & set(" \n"):
            yield ast.Constant("XX" + value)
        case ast.Return(value) if value is not None and not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call()):
            yield ast.Pass()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
