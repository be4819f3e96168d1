"""Writes docs/limits.md from the named constants of the code: a number with a sentence below it is a limit."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "limits.md"
HEAD = """# Limits

Every number that bounds the product, read from the code by `python bin/limits_page.py`. What an administrator
changes is on the settings pages; what Meta sets is marked as Meta's where it stands.

| where | limit | value | what it means |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Limit:
    """One named number."""

    module: str
    name: str
    value: str
    meaning: str


def limits() -> list[Limit]:
    """Return the limits of all of the product's modules, in the order of their places."""
    modules = (path for path in sorted((ROOT / "igapp").rglob("*.py")) if "sandbox" not in path.parts)
    return [limit for path in modules for limit in _of(path)]


def page() -> str:
    """Return what docs/limits.md must say."""
    rows = (f"| `{one.module}` | `{one.name}` | {one.value} | {one.meaning} |" for one in limits())
    return HEAD + "\n".join(rows) + "\n"


def _of(path: Path) -> Iterator[Limit]:
    module = str(path.relative_to(ROOT))
    body = ast.parse(path.read_text()).body
    for statement, following in zip(body, [*body[1:], ast.Pass()], strict=True):
        if isinstance(statement, ast.Assign) and _is_number(statement.value):
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("_"):
                yield Limit(module, target.id, ast.unparse(statement.value), _sentence(following))


def _is_number(value: ast.expr) -> bool:
    parts = [node for node in ast.walk(value) if isinstance(node, ast.Constant | ast.Name | ast.Call)]
    return bool(parts) and all(isinstance(node, ast.Constant) and isinstance(node.value, int | float) for node in parts)


def _sentence(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return " ".join(str(statement.value.value).split()).replace("|", "\\|")
    return ""


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"{len(limits())} limits written to {PAGE.relative_to(ROOT)}")
    sys.exit(0)
