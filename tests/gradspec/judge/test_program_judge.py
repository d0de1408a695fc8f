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
    inputs = (Input((1,), exact=((2.0).hex(),)), Input((1,), seed=1))
    steps = (Step("floor", (0,), {}, (1,)), Step("mul", (2, 1), {}, (1,)))
    program = Program(inputs, steps, (3,), (Question("reverse"),))
    right = answers(program, steps=True)
    ones = Array.of(np.ones(1))
    product = Array.of(right.steps[1].numpy() / 2)
    gradients = (right.questions[0][0], Array.of(right.questions[0][1].numpy() / 2))

    found = judged(program, replace(right, steps=(ones, product), values=(product,), questions=(gradients,)))

    assert (found.verdict, found.where) == (Verdict.UNSPECIFIED, "step 0 (floor)")


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
    found = judged(at_zero(), gradient_off(at_zero(), lambda g: g + 1))

    assert found.verdict is Verdict.UNSPECIFIED
    assert found.said.endswith("Close to a kink of abs")


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
