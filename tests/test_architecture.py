"""The arrows of the design, read from the imports of the sources."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFGRAD = ROOT / "impl" / "refgrad"
GRADSPEC = ROOT / "conformance" / "gradspec"

# Inside refgrad a module imports only what stands left of it.
LINE = [
    "errors", "notices", "grids", "maps", "places", "hurwitz", "digits", "bell", "dtypes", "storage", "modes", "half",
    "graph", "description", "rare", "reading", "tensor", "dims", "sizes", "recipe", "saved", "node", "promotion",
    "dispatch", "arguments", "calls", "op", "window", "views", "write", "outs", "ops", "create", "convert", "exchange",
    "memory", "tensor_types", "typeinfo", "equality", "applying", "variable", "printing", "generator", "random",
    "overloads", "inplace_views", "syntax", "roots", "accumulate", "hook_order", "engine", "anomaly", "hooks",
    "function_node", "once", "function", "forward_ad", "tangents", "function_tangents", "backward", "functional",
    "trees", "vmap", "func", "jacobians", "cotangents", "gradcheck", "autograd", "kinds", "linalg", "special", "fft",
    "optim", "nn", "spellings", "utils", "legacy", "__init__",
]  # fmt: skip

ENGINE = {
    "a tensor and its graph": ["storage", "graph", "rare", "tensor"],
    "a call and what it records": [
        "recipe", "saved", "node", "promotion", "dispatch", "arguments", "calls", "op",
    ],
    "writing": ["window", "views", "write"],
    "backward": ["roots", "accumulate", "hook_order", "engine"],
}  # fmt: skip
"""The engine proper: what records and walks a graph, without the rules of any op."""

ONLY_IN = {
    "pytest": ("plugin.py", "suite/"),
    "click": ("cli.py", "cli_faults.py", "cli_ops.py", "cli_specs.py", "cli_witness.py"),
    "torch": ("backends/torch",),
    "jax": ("backends/jax",),
    "jaxlib": ("backends/jax",),
    "refgrad": ("backends/refgrad.py", "judge/"),
    "flint": ("judge/",),
}


def modules(root: Path) -> list[Path]:
    return sorted(root.rglob("*.py"))


def imported(path: Path, package: str) -> set[str]:
    """Absolute names of what `path` imports, relative ones resolved inside `package`; typing-only imports apart."""
    base = path.parents[len(path.relative_to(package_root(path, package)).parts) - 1]
    parts = [package, *path.relative_to(base).with_suffix("").parts]
    names: set[str] = set()
    for node in ast.walk(_runtime(ast.parse(path.read_text()))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            up = parts[: len(parts) - node.level] if node.level else []
            stem = ".".join([*up, *([node.module] if node.module else [])])
            names |= {f"{stem}.{alias.name}" if not node.module or node.level else stem for alias in node.names}
            names.add(stem)
    return names


def package_root(path: Path, package: str) -> Path:
    return next(parent for parent in path.parents if parent.name == package)


def _runtime(tree: ast.AST) -> ast.AST:
    class Drop(ast.NodeTransformer):
        def visit_If(self, node):
            test = node.test
            if isinstance(test, ast.Name) and test.id == "TYPE_CHECKING":
                return None
            return self.generic_visit(node)

    return Drop().visit(tree)


def lines_of_code(path: Path) -> int:
    """How many lines are neither empty nor a comment nor a docstring."""
    source = path.read_text()
    told = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    lines = enumerate(source.splitlines(), 1)
    return sum(1 for at, line in lines if line.strip() and not line.strip().startswith("#") and at not in told)


def test_the_engine_proper_can_be_read_in_a_few_sittings():
    paths = [REFGRAD / f"{name}.py" for names in ENGINE.values() for name in names]

    assert max(len(path.read_text().splitlines()) for path in paths) <= 300
    assert sum(lines_of_code(path) for path in paths) <= 1820


@pytest.mark.parametrize("path", modules(REFGRAD), ids=lambda p: str(p.relative_to(REFGRAD)))
def test_refgrad_imports_numpy_scipy_and_itself_alone(path):
    import sys

    allowed = {"numpy", "scipy", "ml_dtypes", "refgrad", *sys.stdlib_module_names}
    assert {name.split(".")[0] for name in imported(path, "refgrad") if name} <= allowed


@pytest.mark.parametrize("path", modules(REFGRAD), ids=lambda p: str(p.relative_to(REFGRAD)))
def test_refgrad_modules_import_leftwards(path):
    here = path.relative_to(REFGRAD).parts[0].removesuffix(".py")
    place = LINE.index(here)
    for name in imported(path, "refgrad"):
        parts = name.split(".")
        if parts[0] == "refgrad" and len(parts) > 1 and parts[1] in LINE and parts[1] != here:
            assert LINE.index(parts[1]) < place, f"{here} imports {parts[1]}, which stands right of it"


def test_scipy_is_imported_lazily():
    top = [
        path.name
        for path in modules(REFGRAD)
        for node in ast.parse(path.read_text()).body
        if (isinstance(node, ast.Import) and any(alias.name.startswith("scipy") for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and not node.level and node.module.startswith("scipy"))
    ]

    assert top == []


@pytest.mark.parametrize("path", modules(GRADSPEC), ids=lambda p: str(p.relative_to(GRADSPEC)))
def test_gradspec_keeps_each_dependency_in_its_place(path):
    here = str(path.relative_to(GRADSPEC))
    for name in {n.split(".")[0] for n in imported(path, "gradspec")}:
        if name in ONLY_IN:
            assert here.startswith(ONLY_IN[name]), f"{here} imports {name}; only {', '.join(ONLY_IN[name])} may"


FORBIDDEN = {
    "catalogue": ("backends", "judge", "run", "report", "specs"),
    "programs": ("backends", "judge", "run", "report", "specs"),
    "specs": ("run", "report"),
    "backends": ("judge", "run", "report"),
    "judge": ("run", "report"),
    "report": ("backends",),
}


@pytest.mark.parametrize("part", FORBIDDEN)
def test_parts_of_gradspec_know_only_what_they_may(part):
    for path in modules(GRADSPEC / part):
        for name in imported(path, "gradspec"):
            for other in FORBIDDEN[part]:
                assert not name.startswith(f"gradspec.{other}"), f"{path.relative_to(GRADSPEC)} imports {name}"


def test_nothing_imports_the_tests():
    for path in [*modules(REFGRAD), *modules(GRADSPEC)]:
        roots = {name.split(".")[0] for name in imported(path, path.relative_to(ROOT).parts[1])}
        assert not roots & {"tests", "miniatures", "conftest"}
