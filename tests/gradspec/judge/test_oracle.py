"""The oracle's meanings are mathematics, its derivatives are limits, and it says how sure it is."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import scipy.special as special
from msgspec.structs import replace

from gradspec import catalogue
from gradspec.judge import oracle
from gradspec.judge.oracle import Certificate, Truth, Uncertified, certify, uncertified_ops
from gradspec.judge.oracle.verdict import departure, verdict, wrong
from gradspec.judge.shadow import VALUES
from gradspec.outcome import Answers, Array
from gradspec.programs import values
from gradspec.programs.model import Input, Program, Question, Step

pytest.importorskip("flint", reason="the oracle computes with python-flint")
from gradspec.judge.oracle import forward  # which imports flint


def exactly(*numbers: float, shape: tuple[int, ...] | None = None) -> Input:
    return Input(shape if shape is not None else (len(numbers),), exact=tuple(float(n).hex() for n in numbers))


def call(op: str, *leaves: Input, modes: tuple[str, ...] = (), **settings) -> Program:
    """One op on these inputs."""
    shape = catalogue.get(op).shape([leaf.shape for leaf in leaves], settings)
    step = Step(op, tuple(range(len(leaves))), settings, tuple(shape))
    return Program(leaves, (step,), (len(leaves),), tuple(Question(mode, seed=3) for mode in modes))


def known(program: Program, question: int = VALUES, index: int = 0) -> Truth:
    found = certify(program)
    assert isinstance(found, Certificate), found
    return found.truths[question, index]


def value(op: str, *leaves: Input, **settings) -> np.ndarray:
    return known(call(op, *leaves, **settings)).value


def test_every_op_of_the_catalogue_has_a_meaning():
    """All but nextafter, which is about floating-point numbers and not about real ones."""
    assert uncertified_ops() == {"nextafter"}


POINTS = {"generic": (0.3, 0.71, 1.9), "unit": (-0.6, 0.2, 0.85), "above": (1.2, 2.5, 3.0)}

SCIPY = [
    ("exp", np.exp, "generic"), ("log", np.log, "generic"), ("log2", np.log2, "generic"),
    ("log10", np.log10, "generic"),
    ("log1p", np.log1p, "unit"), ("expm1", np.expm1, "unit"), ("exp2", np.exp2, "unit"), ("sqrt", np.sqrt, "generic"),
    ("sin", np.sin, "unit"), ("cos", np.cos, "unit"), ("tan", np.tan, "unit"), ("asin", np.arcsin, "unit"),
    ("acos", np.arccos, "unit"), ("atan", np.arctan, "unit"), ("sinh", np.sinh, "unit"), ("cosh", np.cosh, "unit"),
    ("tanh", np.tanh, "unit"), ("asinh", np.arcsinh, "unit"), ("acosh", np.arccosh, "above"),
    ("atanh", np.arctanh, "unit"), ("sigmoid", special.expit, "unit"), ("logsigmoid", special.log_expit, "unit"),
    ("erf", special.erf, "unit"), ("erfc", special.erfc, "unit"), ("erfinv", special.erfinv, "unit"),
    ("lgamma", special.gammaln, "generic"), ("digamma", special.digamma, "generic"), ("i0", special.i0, "above"),
    ("sinc", np.sinc, "unit"), ("deg2rad", np.deg2rad, "unit"), ("rad2deg", np.rad2deg, "unit"),
    ("floor", np.floor, "unit"), ("ceil", np.ceil, "unit"), ("trunc", np.trunc, "unit"), ("round", np.round, "above"),
    ("sign", np.sign, "unit"), ("softplus", lambda x: np.logaddexp(x, 0), "unit"),
    ("mish", lambda x: x * np.tanh(np.logaddexp(x, 0)), "unit"),
    ("softmax", special.softmax, "unit"), ("log_softmax", special.log_softmax, "unit"),
]  # fmt: skip


@pytest.mark.parametrize(("op", "function", "points"), SCIPY, ids=[op for op, *_ in SCIPY])
def test_functions_mean_what_scipy_says(op, function, points):
    leaf = exactly(*POINTS[points])
    settings = {"dim": 0} if "softmax" in op else {}

    np.testing.assert_allclose(value(op, leaf, **settings), function(np.array(POINTS[points])), rtol=1e-14, atol=0)


FACTS = [
    ("round", (0.5, 1.5, -0.5, -1.5, 2.5), {}, (0, 2, 0, -2, 2)),
    ("trunc", (-1.5, 1.5), {}, (-1, 1)),
    ("frac", (-1.25, 1.25), {}, (-0.25, 0.25)),
    ("relu6", (-1.0, 7.0), {}, (0, 6)),
    ("leaky_relu", (-2.0, 3.0), {"negative_slope": 0.5}, (-1, 3)),
    ("hardtanh", (-3.0, 0.25, 3.0), {}, (-1, 0.25, 1)),
    ("hardsigmoid", (-4.0, 0.0, 1.5, 4.0), {}, (0, 0.5, 0.75, 1)),
    ("hardswish", (-4.0, 1.5, 4.0), {}, (0, 1.125, 4)),
    ("softshrink", (-2.0, 0.25, 2.0), {}, (-1.5, 0, 1.5)),
    ("hardshrink", (-2.0, 0.25, 0.5), {}, (-2, 0, 0)),
    ("threshold", (-2.0, 2.0), {"threshold": 0.25, "value": -1.0}, (-1, 2)),
    ("masked_fill", (-2.0, 2.0), {"threshold": 0.25, "value": -1.0}, (-2, -1)),
    ("clamp", (-2.0, 0.5, 2.0), {"min": -0.5, "max": 1.0}, (-0.5, 0.5, 1)),
    ("pow.scalar", (4.0, 0.25), {"exponent": -0.5}, (0.5, 2)),
    ("pow.base", (-1.0, 3.0), {"base": 2.0}, (0.5, 8)),
    ("sort", (3.0, 1.0, 2.0, 1.0), {"dim": 0, "descending": True}, (3, 2, 1, 1)),
    ("topk", (3.0, 1.0, 2.0), {"k": 2}, (3, 2)),
    ("cummax", (1.0, 3.0, 2.0), {"dim": 0}, (1, 3, 3)),
    ("cumprod", (2.0, 3.0, 0.5), {"dim": 0}, (2, 6, 3)),
    ("diff", (1.0, 4.0, 9.0, 16.0), {"dim": 0, "n": 2}, (2, 2)),
    ("logcumsumexp", (0.0, 0.0), {"dim": 0}, (0, math.log(2))),
    ("normalize", (3.0, 4.0), {}, (0.6, 0.8)),
    ("pad", (1.0,), {"pad": (1, 2), "value": 0.5}, (0.5, 1, 0.5, 0.5)),
    ("take", (1.0, 2.0, 3.0), {"index": (2, 0)}, (3, 1)),
    ("index_fill", (1.0, 2.0), {"index": (0,), "value": 0.5}, (0.5, 2)),
]


@pytest.mark.parametrize(("op", "numbers", "settings", "expected"), FACTS, ids=[fact[0] for fact in FACTS])
def test_a_fact_by_hand(op, numbers, settings, expected):
    assert value(op, exactly(*numbers), **settings).tolist() == list(expected)


PAIRS = [
    ("remainder", (-5.5, 5.5), (2.0, 2.0), {}, (0.5, 1.5)),
    ("fmod", (-5.5, 5.5), (2.0, 2.0), {}, (-1.5, 1.5)),
    ("copysign", (2.0, -2.0), (-1.0, 1.0), {}, (-2, 2)),
    ("hypot", (3.0,), (4.0,), {}, (5,)),
    ("where", (1.0, 3.0), (2.0, 2.0), {}, (2, 3)),
    ("xlogy", (0.0, 2.0), (3.0, 1.0), {}, (0, 0)),
    ("kron", (1.0, 2.0), (3.0, 4.0), {}, (3, 4, 6, 8)),
    ("dot", (1.0, 2.0), (3.0, 4.0), {}, 11),
    ("index_add", (1.0, 2.0), (3.0, 4.0), {"index": (1, 1)}, (1, 9)),
    ("mse_loss", (1.0, 2.0), (3.0, 5.0), {"reduction": "mean"}, 6.5),
    ("huber_loss", (0.0, 3.0), (0.5, 0.0), {"reduction": "sum", "delta": 1.0}, 2.625),
    ("smooth_l1_loss", (0.0, 3.0), (0.25, 0.0), {"reduction": "sum", "beta": 0.5}, 2.8125),
    ("cosine_similarity", (3.0, 4.0), (6.0, 8.0), {}, 1),
]


@pytest.mark.parametrize(("op", "first", "second", "settings", "expected"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_a_fact_of_two_by_hand(op, first, second, settings, expected):
    assert value(op, exactly(*first), exactly(*second), **settings).tolist() == (
        list(expected) if isinstance(expected, tuple) else expected
    )


def test_reductions_of_whole_numbers_are_exact():
    leaf = exactly(1.0, 2.0, 4.0, 7.0)
    row = {"dim": 0, "keepdim": False}

    assert value("var", leaf, **row, correction=1) == 7.0
    assert value("linalg.vector_norm", exactly(1.0, 2.0, 2.0), **row, ord=2.0) == 3.0
    assert value("linalg.vector_norm", leaf, **row, ord="inf") == 7.0
    assert value("prod", leaf, dim=0, keepdim=True).tolist() == [56.0]
    assert value("trapezoid", leaf, dim=0) == 10.0


def test_elimination_is_exact_on_rationals():
    """W = I + A/8 with A = [[8, 8], [0, 24]] is [[2, 1], [0, 4]]."""
    a, sizes = exactly(8.0, 8.0, 0.0, 24.0, shape=(2, 2)), {"n": 2, "scale": 8}

    assert value("linalg.inv", a, **sizes).tolist() == [[0.5, -0.125], [0.0, 0.25]]
    assert value("linalg.det", a, **sizes) == 8.0
    assert value("logdet", a, **sizes) == math.log(8.0)
    assert value("linalg.solve", a, exactly(4.0, 8.0), **sizes).tolist() == [1.0, 2.0]


def test_factors_and_spectra_are_those_of_numpy():
    a = Input((3, 3), low=-3.0, high=3.0)
    numbers, sizes = values.materialise(a), {"n": 3, "scale": 12}
    close = {"rtol": 1e-13, "atol": 1e-14}

    np.testing.assert_allclose(value("linalg.eigvalsh", a, **sizes), np.linalg.eigvalsh(numbers + numbers.T), **close)
    np.testing.assert_allclose(value("linalg.svdvals", a, **sizes), np.linalg.svd(numbers)[1], **close)
    low = value("linalg.cholesky", a, **sizes)
    np.testing.assert_allclose(low @ low.T, numbers @ numbers.T + 3 * np.eye(3), **close)
    assert not np.triu(low, 1).any()


def test_a_convolution_is_the_sum_over_its_window():
    x, w = exactly(1.0, 2.0, 3.0, 4.0, shape=(1, 1, 4)), exactly(1.0, -10.0, shape=(1, 1, 2))

    assert value("conv1d", x, w, stride=1, padding=0).tolist() == [[[-19.0, -28.0, -37.0]]]
    assert value("conv1d", x, w, stride=2, padding=1).tolist() == [[[-10.0, -28.0, 4.0]]]


EACH = [op for op in (*catalogue.in_order(), *catalogue.values.OPS) if op.name != "nextafter"]

COARSE = {"polygamma": 1e-8, "bessel_y0": 1e-6}  # torch's own digits: docs/findings.md


@pytest.mark.filterwarnings("ignore:index_reduce")  # torch says once that it is in beta
@pytest.mark.parametrize("op", EACH, ids=lambda op: op.name)
def test_every_meaning_is_torchs_to_a_few_roundings(op):
    torch = pytest.importorskip("torch", reason="torch's float64 answers are the other opinion")
    from tests.gradspec.catalogue.test_ops import a_few, points

    from gradspec.catalogue.call import function

    for application in a_few(op, 3):
        arrays = points(application)
        leaves = tuple(Input(a.shape, exact=values.hexed(a)) for a in arrays)
        tensors = map(torch.tensor, arrays)
        theirs = function(op.torch, "torch")(torch, *tensors, **application.settings).numpy(force=True)
        ours = value(op.name, *leaves, **application.settings)
        rtol = COARSE.get(op.name, 1e-12)
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=2e-14 * max(1.0, np.max(np.abs(theirs), initial=0)))


DERIVATIVES = [
    ("exp", 0.75, math.exp(0.75), math.exp(0.75)),
    ("log", 0.75, 1 / 0.75, -1 / 0.75**2),
    ("sin", 0.75, math.cos(0.75), -math.sin(0.75)),
    ("square", 0.75, 1.5, 2.0),
    ("reciprocal", 0.5, -4.0, 16.0),
    ("sigmoid", 0.0, 0.25, 0.0),
    ("abs", -0.5, -1.0, 0.0),
    ("floor", 0.5, 0.0, 0.0),
    ("erf", 0.5, 2 / math.sqrt(math.pi) * math.exp(-0.25), -2 / math.sqrt(math.pi) * math.exp(-0.25)),
]


@pytest.mark.parametrize(("op", "x", "first", "second"), DERIVATIVES, ids=[row[0] for row in DERIVATIVES])
def test_derivatives_are_those_of_the_textbook(op, x, first, second):
    program = call(op, exactly(x), modes=("reverse", "forward", "reverse-reverse"))
    reverse, forward, again = program.questions
    (u,), (t,) = values.cotangents(program, reverse), values.tangents(program, forward)
    (v,), (w,) = values.cotangents(program, again), values.second(program, again)

    np.testing.assert_allclose(known(program, 0).value, u * first, rtol=4e-16)
    np.testing.assert_allclose(known(program, 1).value, t * first, rtol=4e-16)
    np.testing.assert_allclose(known(program, 2).value, v * w * second, rtol=4e-16)
    assert known(program, 0).digits > 25


def test_a_certified_number_is_the_nearest_double():
    third = known(call("div", exactly(1.0), exactly(3.0)))

    assert third.value.tolist() == [float(Fraction(1, 3))]
    assert 0 < third.radius[0] < 1e-80
    assert third.digits > 80


@pytest.mark.parametrize(
    ("op", "x", "left", "right"), [("abs", 0.0, -1, 1), ("relu", 0.0, 0, 1), ("hardtanh", 1.0, 1, 0)]
)
def test_at_a_kink_the_sides_differ(op, x, left, right):
    program = call(op, exactly(x), modes=("reverse",))
    (u,) = values.cotangents(program, program.questions[0])
    truth = known(program, 0)

    assert truth.kink.tolist() == [True]
    np.testing.assert_allclose([truth.left[0], truth.right[0]], [u[0] * left, u[0] * right], rtol=1e-15)
    assert certify(program).kinks == {(0, 0)}


@pytest.mark.parametrize(("op", "x"), [("floor", 1.0), ("sign", 0.0)])
def test_a_jump_has_no_derivative(op, x):
    assert known(call(op, exactly(x), modes=("reverse",)), 0).kink.all()


@pytest.mark.parametrize(("op", "x"), [("abs", 1e-30), ("square", 0.0), ("sinc", 0.0), ("floor", 1 - 2.0**-53)])
def test_beside_a_kink_there_is_none(op, x):
    assert not known(call(op, exactly(x), modes=("reverse",)), 0).kink.any()


def test_a_bend_is_a_kink_of_the_second_derivative_alone():
    program = call("elu", exactly(0.0), modes=("reverse", "reverse-reverse"))

    assert not known(program, 0).kink.any()
    assert known(program, 1).kink.all()


def test_the_finding_in_logcumsumexp_is_certified():
    """docs/findings.md: the first output is the first input, so its tangent is that input's."""
    program = call("logcumsumexp", exactly(-30.0, 20.0), modes=("forward", "reverse"), dim=0)
    (tangent,) = values.tangents(program, program.questions[0])
    truth = known(program, 0)
    lost = truth.value.copy()
    lost[0] = 0.0
    found = departure(Array.of(lost), truth)

    assert truth.value[0] == tangent[0]
    assert found.element == 0
    assert found.ulps > 1e14


def test_torchs_forward_mode_of_logcumsumexp_departs_and_its_reverse_mode_does_not():
    pytest.importorskip("torch", reason="the finding is torch's")
    from gradspec.backends.torch import Torch

    program = call("logcumsumexp", exactly(-30.0, 20.0), modes=("forward", "reverse"), dim=0)
    found = verdict(certify(program), {"torch:cpu": Torch().answer(program)})["torch:cpu"]

    assert found[0, 0].ulps > 1e12
    assert found[1, 0].ulps < 16


def test_a_planted_fault_is_named_and_the_honest_engine_is_not():
    program = call("exp", exactly(0.5, 1.0), modes=("reverse",))
    certificate = certify(program)
    honest = certificate.answers
    values_ = honest.questions[0][0].numpy().copy()
    values_[1] *= 1 + 2.0**-40
    found = verdict(certificate, {"good": honest, "bad": replace(honest, questions=((Array.of(values_),),))})

    allowed = 4 * certificate.truths[0, 0].ulp
    assert wrong(found["good"][0, 0], allowed) is False
    assert wrong(found["bad"][0, 0], allowed) is True
    assert found["bad"][0, 0].element == 1
    assert 2**11 <= found["bad"][0, 0].ulps <= 2**13


def test_what_is_not_known_finely_enough_is_not_decided():
    truth = Truth("float64", *(np.array([x]) for x in (1.0, 1e-3, 1.0, 1.0)), np.array([False]), np.array([1.0]), 1.0)

    assert wrong(departure(Array.of(np.array([1.0005])), truth), 1e-6) is None
    assert wrong(departure(Array.of(np.array([1.1])), truth), 1e-6) is True


def test_conditioning_says_how_much_an_ulp_of_the_inputs_is_worth():
    assert known(call("square", exactly(1.5))).conditioning <= 4
    assert known(call("sub", exactly(1.0), exactly(1.0 - 2.0**-30))).conditioning > 2**29


def test_only_the_elements_asked_for_are_certified():
    program = call("exp", exactly(0.5, 1.0, 2.0), modes=("reverse",))
    truth = certify(program, elements={(0, 0): 1}).truths[0, 0]

    assert np.isfinite(truth.value).tolist() == [False, True, False]
    assert departure(Array.of(np.array([7.0, truth.value[1], 7.0])), truth).ulps == 0.0


def test_one_question_is_certified_alone():
    program = call("exp", exactly(0.5), modes=("reverse", "forward"))

    assert set(certify(program, 1).truths) == {(1, 0)}


def test_small_numbers_are_differentiated_by_smaller_steps():
    truth = known(call("log", exactly(1e-200), modes=("reverse",)), 0)

    assert not truth.kink.any()
    assert truth.digits > 20


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (call("exp", Input((1,), "complex128", exact=("0x1p0,0x1p0",))), "only real floating-point numbers"),
        (call("exp", exactly(math.inf)), "an input is not finite"),
        (call("log", exactly(-1.0)), "a number is not finite"),
        (call("linalg.inv", exactly(-4.0, shape=(1, 1)), n=1, scale=4), "Arb cannot say"),
    ],
)
def test_the_oracle_is_silent_with_a_reason(program, reason):
    found = certify(program)

    assert isinstance(found, Uncertified)
    assert reason in found.reason


def test_the_oracle_gives_up_in_time():
    found = certify(call("exp", Input((40,)), modes=("reverse-reverse",)), seconds=0.0)

    assert found == Uncertified("not done within 0 seconds")


def test_without_flint_the_oracle_says_what_to_install(monkeypatch):
    monkeypatch.setattr(oracle, "installed", lambda: False)

    assert certify(call("exp", exactly(1.0))) == Uncertified(oracle.MISSING)
    assert uncertified_ops() == frozenset(catalogue.ops())


def test_the_certificates_answers_are_an_engines():
    program = call("exp", Input((2,), "float32"), modes=("reverse",))
    program = replace(program, steps=(replace(program.steps[0], dtype="float32"),))
    answers = certify(program).answers

    assert isinstance(answers, Answers)
    assert answers.values[0].numpy().tolist() == np.exp(values.inputs(program)[0].astype(float)).astype("f4").tolist()
    assert answers.questions[0][0].dtype == "float32"


def test_flint_is_loaded_by_the_first_certificate_alone():
    code = "import sys, gradspec.judge.programs, gradspec.judge.oracle; sys.exit('flint' in sys.modules)"

    here = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    assert subprocess.run([sys.executable, "-c", code], env=here, check=False).returncode == 0


def test_an_op_without_a_meaning_is_named(monkeypatch):
    monkeypatch.delitem(forward.RULES, "exp")

    assert certify(call("exp", exactly(1.0))) == Uncertified("no ball arithmetic for exp")
    assert uncertified_ops() == {"exp", "nextafter"}


def test_a_fault_of_the_oracle_is_a_reason_too(monkeypatch):
    monkeypatch.setitem(forward.RULES, "exp", lambda x: x.no_such_thing)

    assert "the oracle itself failed: AttributeError" in certify(call("exp", exactly(1.0))).reason


def test_a_meaning_of_the_wrong_shape_is_caught(monkeypatch):
    monkeypatch.setitem(forward.RULES, "exp", lambda x: x[:1])

    assert "exp came to shape (1,) in place of (2,)" in certify(call("exp", exactly(1.0, 2.0))).reason


def test_a_derivative_that_vanishes_is_zero_and_measured_by_the_programs_size():
    leaf = Input((2, 3), seed=5)
    truth = known(call("deg2rad", leaf, modes=("reverse-reverse",)), 0)

    assert not truth.value.any()
    assert 0 < np.max(truth.radius) < 1e-50
    assert truth.scale == np.max(np.abs(values.materialise(leaf)))


def test_more_bits_are_taken_where_a_derivative_drowns_in_its_function():
    """tanh is 1 to 52 digits at 60; its derivative there is 1 / cosh(60)**2."""
    program = call("tanh", exactly(60.0), modes=("reverse",))
    (u,) = values.cotangents(program, program.questions[0])
    found = certify(program)

    np.testing.assert_allclose(found.truths[0, 0].value, u / np.cosh(60.0) ** 2, rtol=1e-14)
    assert found.truths[0, 0].digits > 18
    assert found.bits > certify(call("tanh", exactly(0.5), modes=("reverse",))).bits
