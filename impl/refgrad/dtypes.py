"""torch's dtypes over NumPy's: their names, their order of promotion, and the default.

A DType is torch's name for a NumPy dtype. Promotion has three ranks: tensors with dimensions
decide first, then 0-dim tensors, then Python numbers; a lower rank only counts where it has a
higher category (bool < integer < floating < complex). Source: torch "Tensor Attributes", section
on type promotion.
"""

from __future__ import annotations

from typing import Any

import numpy as np

try:  # NumPy has no bfloat16 and no float8; without ml_dtypes torch.bfloat16 is a name that nobody has.
    import ml_dtypes as _small
except ImportError:
    _small = None

_bfloat16 = _small and _small.bfloat16

BOOL, INTEGER, FLOATING, COMPLEX = range(4)
CATEGORY = {"b": BOOL, "u": INTEGER, "i": INTEGER, "f": FLOATING, "c": COMPLEX, "V": FLOATING}


class DType:
    """torch.dtype: immutable, compared by identity, printed as torch prints it."""

    __slots__ = ("category", "name", "numpy", "tensor_type")

    def __init__(self, name: str, numpy: np.dtype, tensor_type: str) -> None:
        self.name = name
        self.numpy = numpy
        self.tensor_type = f"torch.{tensor_type}"
        self.category = CATEGORY[numpy.kind]

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name

    @property
    def is_floating_point(self) -> bool:
        return self.category == FLOATING

    @property
    def is_complex(self) -> bool:
        return self.category == COMPLEX

    @property
    def is_signed(self) -> bool:
        return self.numpy.kind not in "bu"

    @property
    def itemsize(self) -> int:
        return self.numpy.itemsize

    @property
    def word(self) -> str:
        """What torch's errors call it: "Float" of FloatTensor."""
        return self.tensor_type.removeprefix("torch.").removesuffix("Tensor")

    def to_real(self) -> DType:
        """The dtype of the real part."""
        return {complex64: float32, complex128: float64}.get(self, self)

    def to_complex(self) -> DType:
        """The dtype of x + 0j."""
        return {float32: complex64, float64: complex128}.get(self, self)


bool_ = DType("bool", np.dtype(np.bool_), "BoolTensor")
uint8 = DType("uint8", np.dtype(np.uint8), "ByteTensor")
int8 = DType("int8", np.dtype(np.int8), "CharTensor")
int16 = DType("int16", np.dtype(np.int16), "ShortTensor")
int32 = DType("int32", np.dtype(np.int32), "IntTensor")
int64 = DType("int64", np.dtype(np.int64), "LongTensor")
float16 = DType("float16", np.dtype(np.float16), "HalfTensor")
float32 = DType("float32", np.dtype(np.float32), "FloatTensor")
float64 = DType("float64", np.dtype(np.float64), "DoubleTensor")
complex64 = DType("complex64", np.dtype(np.complex64), "ComplexFloatTensor")
complex128 = DType("complex128", np.dtype(np.complex128), "ComplexDoubleTensor")

ALL = [bool_, uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128]
if _bfloat16 is not None:
    bfloat16 = DType("bfloat16", np.dtype(_bfloat16), "BFloat16Tensor")
    float8_e4m3fn = DType("float8_e4m3fn", np.dtype(_small.float8_e4m3fn), "Float8_e4m3fnTensor")
    float8_e5m2 = DType("float8_e5m2", np.dtype(_small.float8_e5m2), "Float8_e5m2Tensor")
    ALL += [bfloat16, float8_e4m3fn, float8_e5m2]

SHORT = {
    "half": float16, "float": float32, "double": float64, "cfloat": complex64, "cdouble": complex128,
    "short": int16, "int": int32, "long": int64,
}  # fmt: skip
"""C's names for some of them, which torch knows as well."""
NAMED: dict[str, DType] = {d.name: d for d in ALL} | SHORT

REFUSED = {
    "complex32": "NumPy has no complex numbers of half precision; use complex64",
    "bfloat16": "NumPy has no bfloat16; install ml_dtypes",
    "uint16": "torch itself computes little with it; use int32",
    "uint32": "torch itself computes little with it; use int64",
    "uint64": "torch itself computes little with it; use int64",
}
"""torch's dtypes that refgrad lacks, and what to do instead."""

OF_NUMPY: dict[np.dtype, DType] = {d.numpy: d for d in ALL}
OF_TYPE: dict[str, DType] = {d.tensor_type: d for d in ALL}
OF_PYTHON: dict[type, DType] = {bool: bool_, int: int64}


class _Default:
    """The dtype of floating-point literals; `set_default_dtype` changes it for the process, as in torch."""

    floating = float32


def get_default_dtype() -> DType:
    """The dtype that Python floats become: torch.float32 unless it was set."""
    return _Default.floating


def set_default_dtype(dtype: DType) -> None:
    """Make Python floats become `dtype`; raises TypeError for a dtype that is not floating."""
    if not isinstance(dtype, DType) or not dtype.is_floating_point:
        raise TypeError(
            "only floating-point types are supported as the default type"
            if isinstance(dtype, DType)
            else f"invalid dtype object: only floating-point types are supported as the default type, got {dtype!r}"
        )
    _Default.floating = dtype


def of(what: object) -> DType:
    """The DType that `what` names: a DType, a Python type, a NumPy dtype."""
    if isinstance(what, DType):
        return what
    if what is float:
        return _Default.floating
    if what is complex:
        return _Default.floating.to_complex()
    if isinstance(what, type) and what in OF_PYTHON:
        return OF_PYTHON[what]
    try:
        return OF_NUMPY[np.dtype(what)]  # type: ignore[call-overload]  # anything else is refused below
    except (TypeError, KeyError):
        raise TypeError(f"can't convert {what!r} to a dtype of refgrad") from None


def numpy_of(x: Any) -> np.dtype:
    """The NumPy dtype of a tensor or an array."""
    return getattr(x, "_a", x).dtype  # type: ignore[no-any-return]


def refuse(kernel: str, kinds: str, *operands: Any) -> None:
    """Raise NotImplementedError, in torch's words, where an operand's dtype is of a kind that `kernel` lacks."""
    for x in operands:
        if isinstance(x, _ARRAY) and x.dtype.kind in kinds:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{OF_NUMPY[x.dtype].word}'")


_ARRAY = (np.ndarray, np.generic)
WHOLE = "biu"
"""The kinds of dtypes without fractions, for `refuse`."""


def of_number(number: object) -> np.dtype:
    """The NumPy dtype a Python number has when nothing else decides."""
    if isinstance(number, bool | np.bool_):
        return bool_.numpy
    if isinstance(number, int | np.integer):
        return int64.numpy
    if isinstance(number, complex) and not isinstance(number, float):
        return _Default.floating.to_complex().numpy
    return _Default.floating.numpy


def promote(arrays: list[np.ndarray], numbers: list[object]) -> np.dtype:
    """The common dtype of tensors (their arrays) and Python numbers, by torch's three ranks."""
    ranks: tuple[np.dtype | None, ...] = (
        _join([a.dtype for a in arrays if a.ndim]),
        _join([a.dtype for a in arrays if not a.ndim]),
        _join([of_number(n) for n in numbers]),
    )
    result: np.dtype | None = None
    for rank in ranks:
        if rank is None:
            continue
        if result is None:
            result = rank
        elif CATEGORY[rank.kind] > CATEGORY[result.kind]:
            # A complex number beside a real tensor keeps the tensor's precision.
            same = rank.kind == "c" and result.kind == "f"
            result = (complex64 if result.itemsize <= 4 else complex128).numpy if same else rank
    assert result is not None
    return result


def _join(dtypes: list[np.dtype]) -> np.dtype | None:
    """The smallest torch dtype that holds all of `dtypes`; a float beats every integer, as in torch."""
    if not dtypes:
        return None
    joined = dtypes[0]
    for dtype in dtypes[1:]:
        if dtype == joined:
            continue
        a, b = CATEGORY[joined.kind], CATEGORY[dtype.kind]
        if a == b or {a, b} == {FLOATING, COMPLEX}:
            joined = _wider(joined, dtype)
        elif b > a:
            joined = dtype
    return joined


def _wider(a: np.dtype, b: np.dtype) -> np.dtype:
    """NumPy's join inside a category, but for bfloat16 with float16, which torch widens to float32."""
    if "V" in (a.kind, b.kind) or (_bfloat16 is not None and np.dtype(_bfloat16) in (a, b)):
        other = b if a == np.dtype(_bfloat16) else a
        return float32.numpy if other.itemsize <= 2 else other
    return np.promote_types(a, b)
