"""The shape gate: maxima of length and depth, file names, and constructs the house refuses. Reads source, never imports it."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

FILE_LINES, FUNCTION_LINES, LEVELS = 400, 60, 4

# Tables of pure data: any length, but they may hold no function.
PURE_TABLES = frozenset({"src/chappe/text/gsm7_tables.py"})

FORBIDDEN_NAMES = frozenset(
    {"util", "utils", "common", "helper", "helpers", "misc", "manager", "managers", "base"},
)
FORBIDDEN_MODULES = frozenset({"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve"})
FORBIDDEN_CALLS = frozenset({"eval", "exec"})
YAML_LOADERS = frozenset({"load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all"})
FREEZING_CALLS = frozenset({"MappingProxyType", "tuple", "frozenset"})
MUTABLE_CALLS = frozenset(
    {
        *("list", "dict", "set", "bytearray", "array"),
        *("defaultdict", "deque", "OrderedDict", "Counter", "ChainMap", "UserDict", "UserList"),
        *("WeakKeyDictionary", "WeakValueDictionary", "WeakSet", "local"),
        *("count", "cycle", "Queue", "SimpleQueue", "LifoQueue", "PriorityQueue"),
    },
)

_READ_ONLY = re.compile(r"^(?:\w+\.)*Final\[(?:\w+\.)*Mapping\[")
_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
_NOQA = re.compile(r"#\s*noqa\b", re.IGNORECASE)
_NOQA_WITH_REASON = re.compile(r"# noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*\s+.*\w{2}")
_BROAD_WITH_REASON = re.compile(r"# (?:noqa: BLE001|broad) - .*\w{2}")

# A mention of one of the standards that goes on to name a place in it, in whatever form.
_CITED = re.compile(
    r"\b(?:SMPP|TS|GSM)\s*v?(?:3\.4|03\.38|03\.40|23\.038|23\.040)(?!\d)[\s,:(]*"
    r"(?:(?:§+|sections?|sec\.|clauses?|chapters?|tables?|paragraphs?|par\.)\s*[A-Z]?\.?\d|\d+\.\d)",
    re.IGNORECASE,
)
_WELL_CITED = re.compile(
    r"(?:SMPP 3\.4|GSM 03\.38|GSM 03\.40|TS 23\.038|TS 23\.040) §(?:\d+|[A-Z]\.\d+)(?:\.\d+)*",
)


@dataclass(frozen=True, slots=True)
class Offence:
    """One breach: the file, its line (from 1), the rule's name, and a sentence that says what to do."""

    path: str
    line: int
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file as the rules see it; `prose` is every line of a comment or docstring with its number."""

    path: str
    text: str
    tree: ast.Module
    comments: Mapping[int, str]
    prose: tuple[tuple[int, str], ...]


Finding = tuple[int, str, str]
"""Line, rule, sentence."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def read(path: str, text: str) -> Source:
    """Parse `text`; raises SyntaxError as the compiler does."""
    tree = ast.parse(text, filename=path)
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }
    prose = list(comments.items())
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            written = text.splitlines()[node.lineno - 1 : node.end_lineno]
            prose += enumerate(written, node.lineno)
    return Source(path, text, tree, MappingProxyType(comments), tuple(sorted(prose)))


# ---------------------------------------------------------------- names and lengths


def check_file(source: Source) -> Iterator[Finding]:
    """The file's name, length and opening docstring."""
    parts = Path(source.path).with_suffix("").parts
    for part in parts:
        if part.strip("_") in FORBIDDEN_NAMES:
            yield 1, "file-name", f"`{part}` says nothing: name the file after what one would search for."
    lines = len(source.text.splitlines())
    if source.path in PURE_TABLES:
        for node in ast.walk(source.tree):
            if isinstance(node, Function):
                yield node.lineno, "pure-table", f"`{node.name}` stands in a table of pure data: move it out."
    elif lines > FILE_LINES:
        yield lines, "file-length", f"{lines} lines; the most is {FILE_LINES}: split the file by duty."
    empty = not source.text.strip()
    if not (empty and parts[-1] == "__init__") and ast.get_docstring(source.tree) is None:
        yield 1, "docstring", "open the file with a docstring: what lives here and what may not."


def check_functions(source: Source) -> Iterator[Finding]:
    """The length of each function, from `def` to its last line, and its deepest nesting."""
    for node in ast.walk(source.tree):
        if not isinstance(node, Function):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES:
            sentence = f"`{node.name}` has {lines} lines; the most is {FUNCTION_LINES}."
            yield node.lineno, "function-length", sentence
        levels = depth(node.body)
        if levels > LEVELS:
            yield node.lineno, "nesting", f"`{node.name}` is {levels} levels deep; the most is {LEVELS}."


def depth(statements: Sequence[ast.stmt]) -> int:
    """Block levels below `statements`. An `elif` is no level of its own; an inner function is measured by itself."""
    deepest = 0
    for statement in statements:
        chained = chain(statement)
        for branch in chained:
            deepest = max(deepest, 1 + depth(branch))
    return deepest


def chain(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """The blocks that `statement` opens, those of its `elif`s beside its own."""
    match statement:
        case ast.If():
            yield statement.body
            below = statement.orelse
            is_elif = (
                len(below) == 1
                and isinstance(below[0], ast.If)
                and below[0].col_offset == statement.col_offset
            )
            if is_elif:
                yield from chain(below[0])
            elif below:
                yield below
        case ast.For() | ast.AsyncFor() | ast.While():
            yield from (statement.body, statement.orelse)
        case ast.With() | ast.AsyncWith():
            yield statement.body
        case ast.Try() | ast.TryStar():
            yield from (statement.body, statement.orelse, statement.finalbody)
            yield from (handler.body for handler in statement.handlers)
        case ast.Match():
            yield from (case.body for case in statement.cases)
        case _:
            return


# ---------------------------------------------------------------- state


def check_state(source: Source) -> Iterator[Finding]:
    """Nothing that can change is bound at module level, and no function rebinds a module's name."""
    for statement in module_level(source.tree.body):
        match statement:
            case ast.Assign(targets=targets, value=value):
                names = [ast.unparse(target) for target in targets]
                exempt = names == ["__all__"]
            case ast.AnnAssign(target=target, annotation=annotation, value=ast.expr() as value):
                names = [ast.unparse(target)]
                table = isinstance(value, ast.Dict) and not any(map(is_mutable, value.values))
                exempt = table and _READ_ONLY.match(ast.unparse(annotation)) is not None
            case _:
                continue
        if not exempt and is_mutable(value):
            sentence = f"`{', '.join(names)}` can change: use a tuple, frozenset or MappingProxyType."
            yield statement.lineno, "mutable-state", sentence
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Global):
            yield node.lineno, "global", f"`global {', '.join(node.names)}`: pass state as an argument."


def module_level(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run on import, those inside module-level blocks included."""
    for statement in statements:
        yield statement
        for block in chain(statement):
            yield from module_level(block)


def is_mutable(value: ast.expr) -> bool:
    """Whether `value` builds, or holds within a frozen wrapper, something that can be changed in place."""
    match value:
        case ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.DictComp() | ast.SetComp():
            return True
        case ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
            return any(map(is_mutable, parts))
        case ast.BinOp(left=first, op=operator, right=second):
            # `frozenset | set` is a frozenset: the left side gives the type, save in `3 * [0]`.
            return is_mutable(first) or (isinstance(operator, ast.Mult) and is_mutable(second))
        case ast.IfExp(body=first, orelse=second):
            return is_mutable(first) or is_mutable(second)
        case ast.NamedExpr(value=inner) | ast.Starred(value=inner):
            return is_mutable(inner)
        case ast.Call(func=function, args=arguments):
            name = called(function)
            if name in FREEZING_CALLS:
                return any(map(is_mutable, (part for each in arguments for part in contents(each))))
            return name in MUTABLE_CALLS
        case _:
            return False


def contents(value: ast.expr) -> Iterator[ast.expr]:
    """What stays inside once `value` has been frozen by tuple(), frozenset() or MappingProxyType()."""
    match value:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from contents(part.value) if isinstance(part, ast.Starred) else (part,)
        case ast.Dict(keys=keys, values=parts):
            for key, part in zip(keys, parts, strict=True):
                yield from contents(part) if key is None else (part,)
        case (
            ast.ListComp(elt=part)
            | ast.SetComp(elt=part)
            | ast.GeneratorExp(elt=part)
            | ast.DictComp(value=part)
        ):
            yield part
        case ast.BinOp(left=left, right=right):
            yield from (*contents(left), *contents(right))
        case _:
            return


def called(function: ast.expr) -> str:
    """The last name of what is called: `collections.deque` is `deque`; empty for anything but a name."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=generic):
            return called(generic)
        case _:
            return ""


# ---------------------------------------------------------------- constructs


def check_constructs(source: Source) -> Iterator[Finding]:
    """Calls, imports and comparisons that the house refuses."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Name(id="hasattr"):
                yield node.lineno, "hasattr", "match on a class or an enum; do not ask for attributes."
            case ast.Name(id="NotImplementedError"):
                yield (
                    node.lineno,
                    "unfinished",
                    "finish it or leave it out; use an ABC or a Protocol for a contract.",
                )
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                yield node.lineno, "eval", f"`{name}` runs text as a program: parse it instead."
            case ast.Call(func=ast.Attribute(value=ast.Name(id="yaml"), attr=name)) if name in YAML_LOADERS:
                yield node.lineno, "pickle", f"`yaml.{name}` builds arbitrary objects: use safe_load."
            case ast.Import() | ast.ImportFrom():
                for name in sorted(imported(node) & FORBIDDEN_MODULES):
                    yield (
                        node.lineno,
                        "pickle",
                        f"`{name}` is not data: give it a written schema with a version.",
                    )
            case ast.Compare(left=left, comparators=others) if any(map(is_type_text, (left, *others))):
                yield node.lineno, "type-by-text", "a text does not tell a type: match on a class or an enum."
            case ast.Call(func=ast.Attribute(value=value, attr="startswith" | "endswith")) if is_type_text(
                value
            ):
                yield node.lineno, "type-by-text", "a text does not tell a type: match on a class or an enum."
            case _:
                continue


def imported(node: ast.Import | ast.ImportFrom) -> frozenset[str]:
    """The top packages that an import statement names."""
    if isinstance(node, ast.Import):
        return frozenset(alias.name.partition(".")[0] for alias in node.names)
    return frozenset({(node.module or "").partition(".")[0]} if node.level == 0 else ())


def is_type_text(value: ast.expr) -> bool:
    """Whether `value` is repr(x), str(type(x)), type(x).__name__ or x.__class__.__name__."""
    match value:
        case ast.Call(func=ast.Name(id="repr")):
            return True
        case ast.Call(func=ast.Name(id="str"), args=[ast.Call(func=ast.Name(id="type"))]):
            return True
        case ast.Attribute(value=ast.Call(func=ast.Name(id="type")), attr="__name__" | "__qualname__"):
            return True
        case ast.Attribute(value=ast.Attribute(attr="__class__"), attr="__name__" | "__qualname__"):
            return True
        case _:
            return False


def check_handlers(source: Source) -> Iterator[Finding]:
    """An `except` of every error either raises again at its end or gives its reason in a trailing comment."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler) or not is_broad(node.type):
            continue
        comment = source.comments.get(node.lineno, "")
        if not isinstance(node.body[-1], ast.Raise) and not _BROAD_WITH_REASON.search(comment):
            yield (
                node.lineno,
                "broad-except",
                "say why every error is caught: `# noqa: BLE001 - reason` (`# broad - reason` where ruff lets it pass).",
            )


def is_broad(kind: ast.expr | None) -> bool:
    """Whether an `except` of `kind` catches every error."""
    match kind:
        case None | ast.Name(id="Exception" | "BaseException"):
            return True
        case ast.Tuple(elts=kinds):
            return any(map(is_broad, kinds))
        case _:
            return False


def check_prose(source: Source) -> Iterator[Finding]:
    """Unfinished marks, exemptions without a reason and clauses cited in another than the one form."""
    for line, text in source.comments.items():
        if _NOQA.search(text) and not _NOQA_WITH_REASON.search(text):
            yield line, "noqa-reason", "name the rule and the reason: `# noqa: CODE - reason`."
    for line, text in source.prose:
        if _UNFINISHED.search(text):
            yield line, "unfinished", "finish it, or open an issue and take the mark out."
        for citation in _CITED.finditer(text):
            if not _WELL_CITED.match(text, citation.start()):
                yield line, "clause", f"`{citation[0]}...`: cite as `SMPP 3.4 §4.4.1` or `GSM 03.38 §6.2.1`."


Check = Callable[[Source], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    check_file,
    check_functions,
    check_state,
    check_constructs,
    check_handlers,
    check_prose,
)


def offences(path: str, text: str) -> list[Offence]:
    """Every breach in one file, by line. `path` is relative to the project, with forward slashes."""
    try:
        source = read(path, text)
    except SyntaxError as error:
        return [Offence(path, error.lineno or 1, "syntax", f"{error.msg}.")]
    return sorted(
        (Offence(path, *finding) for check in CHECKS for finding in check(source)),
        key=lambda offence: (offence.line, offence.rule),
    )


def main(roots: Sequence[str]) -> int:
    """`shape.py FOLDER...`: one line for each offence, exit 1 if there is any, 2 if there is nothing to read."""
    paths = sorted(path for root in roots for path in Path(root).rglob("*.py"))
    if not paths:
        print(f"no Python file under {' '.join(roots) or 'no folder'}", file=sys.stderr)
        return 2
    found = [each for path in paths for each in offences(path.as_posix(), path.read_text(encoding="utf-8"))]
    for offence in found:
        print(offence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
