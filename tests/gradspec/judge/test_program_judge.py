"""Every verdict on a program is reached, from the reference's own answers with one thing changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from msgspec.structs import replace

from gradspec.judge import shadow as shadows
from gradspec.judge.known import Divergence, Known
from gradspec.judge.programs import judge_all, judge_program
from gradspec.judge.shadow import At, cast
from gradspec.judge.verdict import Judgement, Verdict
from gradspec.outcome import Answers, Array, Raised
from gradspec.programs.model import Input, Program, Question, Step

OOM = Raised(("OutOfMemoryError", "RuntimeError"), "CUDA out of memory.")
XLA = Raised(("XlaRuntimeError", "RuntimeError"), "RESOURCE_EXHAUSTED: Out of memory")
LACK = Raised(("NotImplementedError",), "Singular value decomposition JVP not implemented for full matrices")
ERROR = Raised(("RuntimeError", "Exception"), "no")


def chain(dtype: str = "float64", *, layout: str = "contiguous") -> Program:
    """z = sum(tanh(x + y) * y): three smooth steps and a sum, asked in reverse and in reverse over reverse."""
    inputs = (Input((2, 3), dtype, layout), Input((2, 3), dtype, seed=1), Input((3,), dtype, seed=2))
    steps = (
        Step("add", (0, 1), {}, (2, 3), dtype),
        Step("tanh", (3,), {}, (2, 3), dtype),
        Step("mul", (4, 1), {}, (2, 3), dtype),
    )
    return Program(inputs, steps, (5,), (Question("reverse", seed=1), Question("reverse-reverse", seed=2)))


def at_zero(op: str = "abs") -> Program:
    """An op with a kink at 0, at 0."""
    inputs = (Input((2,), exact=((0.0).hex(), (1.5).hex())),)
    return Program(inputs, (Step(op, (0,), {}, (2,)),), (1,), (Question("reverse", seed=1),))


def cancelling(big: float) -> Program:
    """(0.3 + big) - big in single precision, which loses what `big` has no room for."""
    inputs = (Input((1,), "float32", exact=((0.3).hex(),)), Input((1,), "float32", exact=(big.hex(),)))
    steps = (Step("add", (0, 1), {}, (1,), "float32"), Step("sub", (2, 1), {}, (1,), "float32"))
    return Program(inputs, steps, (3,))


def answers(program: Program, *, steps: bool = False) -> Answers:
    """The reference's answers, to be spoiled."""
    return At({}).answer(program, steps=steps)


def spoiled(array: Array | None, change: Callable[[np.ndarray], np.ndarray]) -> Array:
    """The array with `change` applied to its first element."""
    values = array.numpy().copy()
    values.reshape(-1)[:1] = change(values.reshape(-1)[:1])
    return Array.of(values)


def gradient_off(program: Program, change: Callable[[np.ndarray], np.ndarray], question: int = 0) -> Answers:
    """The right answers but for the first gradient of one question."""
    right = answers(program)
    questions = list(right.questions)
    questions[question] = (spoiled(questions[question][0], change), *questions[question][1:])
    return replace(right, questions=tuple(questions))


def judged(program: Program, spoilt: Answers, known: Known | None = None) -> Judgement:
    return judge_program(program, spoilt, cast(program), known)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_right_answers_agree(dtype):
    found = judged(chain(dtype), answers(chain(dtype)))

    assert found.verdict is Verdict.AGREES
    assert found.margin < 1


@pytest.mark.parametrize(("dtype", "rounding"), [("float64", 2.0**-52), ("float32", 2.0**-23)])
def test_a_rounding_error_passes(dtype, rounding):
    assert judged(chain(dtype), gradient_off(chain(dtype), lambda g: g * (1 + rounding))).verdict is Verdict.AGREES


def test_a_relative_error_of_a_millionth_does_not_pass_in_double():
    found = judged(chain(), gradient_off(chain(), lambda g: g * (1 + 1e-6)))

    assert found.verdict is Verdict.WRONG_GRADIENT
    assert found.where == "gradient of x0"
    assert found.margin > 1e3


def test_a_relative_error_of_a_thousandth_does_not_pass_in_single():
    found = judged(chain("float32"), gradient_off(chain("float32"), lambda g: g * np.float32(1.001)))

    assert found.verdict is Verdict.WRONG_GRADIENT


def test_a_wrong_second_gradient_is_named_so():
    found = judged(chain(), gradient_off(chain(), lambda g: -g, question=1))

    assert (found.verdict, found.where) == (Verdict.WRONG_GRADIENT, "second gradient of x0")


def test_a_signature_says_op_mode_dtype_layout_values_and_aspect():
    program = chain(layout="strided")

    found = judged(program, gradient_off(program, lambda g: -g))

    assert found.signature == "add+mul+tanh, reverse, float64, strided, generic, wrong-gradient"


def test_a_wrong_value_is_pinned_to_the_step_where_the_engines_part():
    right = answers(chain(), steps=True)
    wrong = tuple(spoiled(step, lambda v: v + 1) for step in right.steps[1:])
    spoilt = replace(right, steps=(right.steps[0], *wrong), values=wrong[-1:])

    found = judged(chain(), spoilt)

    assert (found.verdict, found.where) == (Verdict.WRONG_VALUE, "step 1 (tanh)")
    assert found.signature.startswith("tanh, value,")


def test_the_consequences_of_a_departure_are_not_departures(monkeypatch):
    """At a jump either side is right; what is computed from it differs, and is right as well."""
    monkeypatch.setattr(shadows.Shadow, "wider", lambda shadow: shadow)  # whose nudges may happen to cross the jump
    inputs = (Input((1,), exact=((4.0 + 2.0**-40).hex(),)), Input((1,), seed=1))
    steps = (Step("sqrt", (0,), {}, (1,)), Step("floor", (2,), {}, (1,)), Step("mul", (3, 1), {}, (1,)))
    program = Program(inputs, steps, (4,), (Question("reverse"),))
    right = answers(program, steps=True)
    ones = Array.of(np.ones(1))
    product = Array.of(right.steps[2].numpy() / 2)
    gradients = (right.questions[0][0], Array.of(right.questions[0][1].numpy() / 2))
    other = (right.steps[0], ones, product)

    found = judged(program, replace(right, steps=other, values=(product,), questions=(gradients,)))

    assert (found.verdict, found.where) == (Verdict.UNSPECIFIED, "step 1 (floor)")


def kinked(op: str, *numbers: float, exactly: bool = True, mode: str = "reverse") -> Program:
    """`op` of some numbers: of inputs, or of a square root, which a rounding may move off a kink."""
    if exactly:
        inputs = (Input((len(numbers),), exact=tuple(map(float.hex, numbers))),)
        return Program(inputs, (Step(op, (0,), {}, (len(numbers),)),), (1,), (Question(mode, seed=1),))
    shape, squares = (len(numbers),), tuple((x + 2.0**-40).hex() for x in numbers)
    steps = (Step("log", (0,), {}, shape), Step(op, (1,), {}, shape))
    return Program((Input(shape, exact=squares),), steps, (2,), (Question(mode, seed=1),))


def test_beside_a_kink_an_element_is_judged():
    """The first element of relu's argument is at the kink up to rounding, the second is not."""
    program = kinked("relu", 1.0, 3.0, exactly=False)
    right = answers(program)
    (gradient,) = right.questions[0]
    both = Array.of(gradient.numpy() * 2)
    first = Array.of(gradient.numpy() + [1.0, 0.0])

    assert judged(program, replace(right, questions=((first,),))).verdict is Verdict.UNSPECIFIED
    assert judged(program, replace(right, questions=((both,),))).verdict is Verdict.WRONG_GRADIENT


def test_a_doubt_spreads_through_a_sum_and_ends_at_a_zero():
    """y = relu(log x) at the kink; z = sum(y * w) spreads nothing to w's gradient, which is y itself."""
    shape = (2,)
    inputs = (Input(shape, exact=((1.0 + 2.0**-40).hex(), (3.0).hex())), Input(shape, seed=1))
    steps = (Step("log", (0,), {}, shape), Step("relu", (2,), {}, shape), Step("mul", (3, 1), {}, shape),
             Step("sum", (4,), {"dim": (0,), "keepdim": False}, ()))  # fmt: skip
    program = Program(inputs, steps, (5,), (Question("reverse", seed=1), Question("penalty", seed=1)))
    shadow = cast(program)

    assert shadow.doubtful((0, 0), settled=True).tolist() == [True, False]
    assert shadow.doubtful((0, 1), settled=True).tolist() == [False, False]
    assert shadow.doubtful((1, 1), settled=True).tolist() == [True, False]  # of <g, g>: g has relu's slope squared


@pytest.mark.parametrize("op", ["abs", "relu", "sign"])
def test_at_a_kink_that_is_documented_the_gradient_is_promised(op):
    program = kinked(op, 0.0, 1.5)

    found = judged(program, gradient_off(program, lambda g: g + 0.5))

    assert found.verdict is Verdict.WRONG_GRADIENT


def test_a_second_derivative_at_a_kink_is_promised_by_nobody():
    program = kinked("relu", 0.0, 1.5, mode="reverse-reverse")
    right = answers(program)
    spoilt = replace(right, questions=((Array.of(np.array([1.0, 0.0])),),))

    assert judged(program, spoilt).verdict is Verdict.UNSPECIFIED


def test_beside_infinity_an_element_is_judged():
    """sqrt has an infinite slope at 0; its value there is promised, its derivative is not."""
    program = kinked("sqrt", 0.0, 4.0)
    right = answers(program)
    (gradient,) = right.questions[0]
    values = gradient.numpy()

    def with_gradient(*numbers: float) -> Verdict:
        return judged(program, replace(right, questions=((Array.of(np.array(numbers)),),))).verdict

    assert np.isinf(values[0])
    assert with_gradient(np.nan, values[1]) is Verdict.UNSPECIFIED
    assert with_gradient(values[0], 2 * values[1]) is Verdict.WRONG_GRADIENT
    assert judged(program, replace(right, values=(Array.of(np.array([1.0, 2.0])),))).verdict is Verdict.WRONG_VALUE


def test_a_subnormal_number_may_be_taken_for_zero():
    program = kinked("rsqrt", 1e-310, 4.0)
    right = answers(program)

    def with_values(*numbers: float) -> Verdict:
        return judged(program, replace(right, values=(Array.of(np.array(numbers)),))).verdict

    assert with_values(np.inf, 0.5) is Verdict.UNSPECIFIED
    assert with_values(right.values[0].numpy()[0], 1.0) is Verdict.WRONG_VALUE


def test_a_nan_is_promised_where_ieee_754_says_so():
    program = kinked("exp", np.nan, 1.0)
    right = answers(program)
    finite = replace(right, values=(Array.of(np.array([0.0, np.e])),))

    assert judged(program, right).verdict is Verdict.AGREES
    assert judged(program, finite).verdict is Verdict.WRONG_VALUE


def test_a_tie_concerns_those_that_tie():
    """sort of [2, 1, 2]: which of the two is first nobody says; where the 1 goes everybody knows."""
    inputs = (Input((3,), exact=tuple(map(float.hex, (2.0, 1.0, 2.0)))),)
    steps = (Step("sort", (0,), {"dim": -1, "descending": False}, (3,)),)
    program = Program(inputs, steps, (1,), (Question("reverse", seed=1),))
    right = answers(program)
    a, b, c = right.questions[0][0].numpy().tolist()

    def with_gradient(*numbers: float) -> Verdict:
        return judged(program, replace(right, questions=((Array.of(np.array(numbers)),),))).verdict

    assert with_gradient(c, b, a) is Verdict.UNSPECIFIED
    assert with_gradient(b, a, c) is Verdict.WRONG_GRADIENT


def test_a_wrong_value_without_steps_is_that_of_the_output():
    right = answers(chain())

    found = judged(chain(), replace(right, values=(spoiled(right.values[0], lambda v: v + 1),)))

    assert (found.verdict, found.where) == (Verdict.WRONG_VALUE, "output 0 (mul)")


def test_a_nan_is_a_wrong_value():
    right = answers(chain())

    found = judged(chain(), replace(right, values=(spoiled(right.values[0], lambda v: v * np.nan),)))

    assert found.verdict is Verdict.WRONG_VALUE
    assert "nan came" in found.said


def test_another_shape_is_a_wrong_shape():
    right = answers(chain())
    flat = Array.of(right.values[0].numpy().reshape(-1))

    assert judged(chain(), replace(right, values=(flat,))).verdict is Verdict.WRONG_SHAPE


def test_another_dtype_is_a_wrong_dtype():
    right = answers(chain())
    single = Array.of(right.values[0].numpy().astype("float32"))

    found = judged(chain(), replace(right, values=(single,)))

    assert found.verdict is Verdict.WRONG_DTYPE
    assert found.said == "output 0 (mul): float32 came, float64 was expected"


def test_zeros_are_no_gradient_of_an_input_that_is_not_used():
    right = answers(chain())
    zeros = Array.of(np.zeros(3))

    questions = tuple((*gradients[:2], zeros) for gradients in right.questions)

    assert right.questions[0][2] is None
    assert judged(chain(), replace(right, questions=questions)).verdict is Verdict.AGREES


def test_no_gradient_is_wrong_for_an_input_that_is_used():
    right = answers(chain())
    questions = ((None, *right.questions[0][1:]), right.questions[1])

    found = judged(chain(), replace(right, questions=questions))

    assert found.verdict is Verdict.WRONG_GRADIENT
    assert "None came" in found.said


def test_an_error_of_one_side_is_a_wrong_error():
    found = judged(chain(), Answers(refused={-1: ERROR}))

    assert (found.verdict, found.where) == (Verdict.WRONG_ERROR, "the program")


def test_a_program_that_every_engine_must_refuse_is_refused_in_agreement():
    program = Program((Input((2, 3)), Input((2, 3))), (Step("matmul", (0, 1), {}, (2, 3)),), (2,))

    assert judged(program, Answers(refused={-1: ERROR})).verdict is Verdict.AGREES
    assert judged(program, Answers(values=(Array.of(np.zeros(2)),))).verdict is Verdict.WRONG_ERROR


def test_a_reference_that_breaks_down_is_our_own_bug():
    broken = Answers(refused={-1: Raised(("AttributeError",), "'float' object has no attribute 'dtype'")})
    shadow = shadows.Shadow(chain(), broken, broken, (), 1.0)

    found = judge_program(chain(), answers(chain()), shadow)

    assert found.verdict is Verdict.HARNESS_ERROR
    assert found.said == "the reference broke down: AttributeError: 'float' object has no attribute 'dtype'"


@pytest.mark.parametrize("raised", [OOM, XLA])
def test_an_engine_without_memory_is_out_of_memory(raised):
    assert judged(chain(), Answers(refused={-1: raised})).verdict is Verdict.OUT_OF_MEMORY


def test_what_an_engine_lacks_is_unsupported():
    assert judged(chain(), Answers(missing=("tanh",))).said == "lacks tanh"
    assert judged(chain(), Answers(refused={-1: LACK})).verdict is Verdict.UNSUPPORTED


def test_a_departure_at_a_kink_is_unspecified():
    found = judged(at_zero("frac"), gradient_off(at_zero("frac"), lambda g: g + 1))

    assert found.verdict is Verdict.UNSPECIFIED
    assert found.said.endswith("Close to a kink of frac")


def test_a_departure_at_a_kink_that_is_known_is_documented():
    entry = Divergence("abs at a kink", "jax.toml:3", "gives 1", "", "", "abs", "kink", ("reverse",))
    known = Known((entry,))

    found = judged(at_zero(), gradient_off(at_zero(), lambda g: g + 1), known)

    assert (found.verdict, found.known) == (Verdict.DOCUMENTED, "abs at a kink")
    assert "Known (jax.toml:3): gives 1" in found.said
    assert known.met == known.happened == {"abs at a kink": 1}


def test_an_entry_that_does_not_happen_is_met_only():
    known = Known((Divergence("abs at a kink", "jax.toml:3", "gives 1", "", "", "abs", "kink", ("reverse",)),))

    judged(at_zero(), answers(at_zero()), known)

    assert known.met == {"abs at a kink": 1}
    assert not known.happened


def test_an_entry_for_another_place_excuses_nothing():
    known = Known((Divergence("tanh at a kink", "jax.toml:3", "gives 1", "", "", "tanh", "kink", ("reverse",)),))

    assert judged(chain(), gradient_off(chain(), lambda g: -g), known).verdict is Verdict.WRONG_GRADIENT


def test_a_program_that_loses_all_its_digits_is_ill_conditioned():
    program = cancelling(2.0**24)  # (0.3 + 2**24) - 2**24 is 0 in single, 0.3 in truth

    assert judged(program, answers(program)).verdict is Verdict.ILL_CONDITIONED
    assert judged(program, Answers(values=(Array.of(np.float32([9.0])),))).verdict is Verdict.ILL_CONDITIONED


def test_a_lucky_rounding_error_accuses_nobody(monkeypatch):
    """The one coarse run happens to be exact; the nudged ones show what an engine may lose."""
    program = cancelling(2.0**10)
    own = cast(program).own
    lucky = shadows.Shadow(program, own, own, (own,), 1.0)
    spoilt = replace(own, values=(spoiled(own.values[0], lambda v: v + np.float32(1e-5)),))

    assert judge_program(program, spoilt, lucky).verdict is Verdict.AGREES
    monkeypatch.setattr(shadows.Shadow, "wider", lambda shadow: shadow)
    assert judge_program(program, spoilt, lucky).verdict is Verdict.WRONG_VALUE


def test_engines_that_agree_against_the_reference_say_so():
    program = chain()
    wrong = gradient_off(program, lambda g: -g)
    other = gradient_off(program, lambda g: g * 3)

    found = judge_all(program, {"torch:cpu": wrong, "jax:cpu": wrong, "mine": other, "refgrad": answers(program)}, {})

    assert "jax:cpu came to the same: suspect the reference" in found["torch:cpu"].said
    assert "torch:cpu came to the same: suspect the reference" in found["jax:cpu"].said
    assert "suspect" not in found["mine"].said
    assert found["refgrad"].verdict is Verdict.AGREES


def test_an_entry_excuses_no_departure_beyond_its_reach():
    tight = Divergence("tanh anywhere", "mine.toml:1", "is fast", "", "", "tanh", "anywhere", ("reverse",), (), 1e-5)

    small = judged(chain(), gradient_off(chain(), lambda g: g * (1 + 1e-6)), Known((tight,)))
    large = judged(chain(), gradient_off(chain(), lambda g: -g), Known((tight,)))

    assert (small.verdict, large.verdict) == (Verdict.DOCUMENTED, Verdict.WRONG_GRADIENT)


def test_steps_are_called_by_the_authors_numbers_and_not_by_those_of_the_pure_form():
    steps = (
        Step("mul", (0, 0), {}, (2, 3)),
        Step("select", (1,), {"dim": 0, "index": 1}, (3,)),
        Step("neg", (2,), {}, (3,), write=True),
        Step("exp", (1,), {}, (2, 3)),
    )
    program = Program((Input((2, 3)),), steps, (4, 1), (Question("reverse"),))
    right = At({}).answer(program, steps=True)
    wrong = replace(right, steps=(*right.steps[:-1], Array.of(right.steps[-1].numpy() + 1)))

    found = judge_program(program, wrong, cast(program))

    assert (found.verdict, found.where) == (Verdict.WRONG_VALUE, "step 3 (exp)")
    assert cast(program).names.steps[3] == "memory after step 2 (neg)"
    assert cast(program).names.outputs == ("output 0 (exp)", "output 1 (mul)")


def test_nobody_promises_that_a_selection_stops_a_cotangent_of_nan():
    """max(x, 0) selects in the reference; where a rule multiplies by 0 instead, nan comes through."""
    leaves = (Input((2,), exact=((-1.0).hex(), (2.0).hex())), Input((2,), exact=((0.5).hex(), "inf")))
    steps = (Step("relu", (0,), {}, (2,)), Step("logsumexp", (2,), {"dim": 0, "keepdim": False}, ()),
             Step("mul", (3, 1), {}, (2,)))  # fmt: skip
    program = Program(leaves, steps, (4,), (Question("reverse"),))
    right = At({}).answer(program)
    of_x, of_y = (gradient.numpy() for gradient in right.questions[0])
    through = replace(right, questions=((Array.of(np.array([np.nan, of_x[1]])), Array.of(of_y)),))

    assert of_x[0] == 0
    assert judge_program(program, through, cast(program)).verdict is Verdict.UNSPECIFIED
