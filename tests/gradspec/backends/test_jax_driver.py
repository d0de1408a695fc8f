"""The tape over JAX's single ops comes to the same as JAX's own derivatives of the whole function."""

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="the tape runs on jax")

from gradspec.backends.jax import Jax  # noqa: E402
from gradspec.programs import values  # noqa: E402
from gradspec.programs.model import Input, Program, Question, Step  # noqa: E402

MODES = tuple(Question(mode, seed=n) for n, mode in enumerate(("reverse", "forward", "reverse-reverse")))


@pytest.fixture(scope="module")
def engine() -> Jax:
    return Jax("cpu")


def composed(dtype: str = "float64") -> Program:
    """y = tanh(a + b)**2 / b, its sum over rows, and that times y; both are outputs, and a is used twice."""
    inputs = (Input((2, 3), dtype), Input((2, 3), dtype, low=0.5, seed=1), Input((3,), dtype, seed=2))
    steps = (
        Step("add", (0, 1), {}, (2, 3), dtype),
        Step("tanh", (3,), {}, (2, 3), dtype),
        Step("mul", (4, 4), {}, (2, 3), dtype),
        Step("div", (5, 1), {}, (2, 3), dtype),
        Step("sum", (6,), {"dim": (0,), "keepdim": False}, (3,), dtype),
        Step("mul", (7, 0), {}, (2, 3), dtype),
    )
    return Program(inputs, steps, (8, 7), MODES)


def whole(a, b, c):
    """The same function, for JAX to differentiate as a whole."""
    y = jax.numpy.tanh(a + b) ** 2 / b
    total = y.sum(0)
    return total * a, total


def close(array, expected) -> bool:
    return np.allclose(array.numpy(), expected, rtol=1e-12, atol=1e-13)  # a few roundings of 2**-53


def test_reverse_is_the_vjp_of_the_whole(engine):
    program = composed()
    arrays, u = values.inputs(program), values.cotangents(program, MODES[0])

    answers = engine.answer(program)

    expected = jax.vjp(whole, *arrays)[1](tuple(u))
    assert answers.refused == {}
    assert close(answers.questions[0][0], expected[0])
    assert close(answers.questions[0][1], expected[1])
    assert answers.questions[0][2] is None  # the third input is not used


def test_forward_is_the_jvp_of_the_whole(engine):
    program = composed()
    arrays, t = values.inputs(program), values.tangents(program, MODES[1])

    answer = engine.answer(program).questions[1]

    expected = jax.jvp(whole, tuple(arrays), tuple(t))[1]
    assert all(close(one, other) for one, other in zip(answer, expected, strict=True))


def test_reverse_over_reverse_is_the_vjp_of_the_vjp(engine):
    program = composed()
    arrays, u, w = values.inputs(program), values.cotangents(program, MODES[2]), values.second(program, MODES[2])

    answer = engine.answer(program).questions[2]

    expected = jax.vjp(lambda *xs: jax.vjp(whole, *xs)[1](tuple(u)), *arrays)[1](tuple(w))
    assert close(answer[0], expected[0])
    assert close(answer[1], expected[1])


def test_a_value_that_is_an_output_twice_gets_both_cotangents(engine):
    program = Program((Input((2,)),), (Step("neg", (0,), {}, (2,)),), (1, 1), MODES[:1])
    first, second = values.cotangents(program, MODES[0])

    (gradient,) = engine.answer(program).questions[0]

    assert gradient.numpy().tolist() == (-(first + second)).tolist()


def test_an_input_that_is_an_output_gets_its_cotangent(engine):
    program = Program((Input((2,)),), (), (0,), MODES[:1])

    (gradient,) = engine.answer(program).questions[0]

    assert gradient.numpy().tolist() == values.cotangents(program, MODES[0])[0].tolist()


def test_an_input_that_jax_never_touched_comes_back_in_its_dtype(engine):
    program = Program((Input((2,), "bfloat16"), Input((2,))), (), (0, 1))
    assert [(value.dtype, list(value.numpy())) for value in engine.answer(program).values] == [
        (leaf.dtype, list(array)) for leaf, array in zip(program.inputs, values.inputs(program), strict=True)
    ]


def test_a_device_that_is_not_the_default_one_is_told_where_its_arrays_go(engine, monkeypatch):
    expected = engine.answer(composed())
    put = []
    monkeypatch.setattr(engine, "_default", False)
    monkeypatch.setattr(jax, "device_put", lambda x, device, real=jax.device_put: put.append(device) or real(x, device))
    assert engine.answer(composed()) == expected
    assert set(put) == set(jax.devices("cpu"))


def test_complex_gradients_are_conjugated_as_in_torch(engine):
    from gradspec.backends.jax_driver import Apply, Tape

    z, u, w = (jax.numpy.asarray([number]) for number in (0.5 + 1j, 1 - 2j, 3 + 0.25j))
    tape = Tape()
    leaf = tape.leaf(z)
    (square,) = tape.call(Apply("jnp.multiply({0}, {1})"), leaf, leaf)

    (first,) = tape.pull([(square, tape.leaf(u))], [leaf])
    (second,) = tape.pull([(first, tape.leaf(w))], [leaf])

    assert np.allclose(tape.values[first], u * np.conj(2 * z))  # torch notes: the conjugate derivative
    assert np.allclose(tape.values[second], 2 * u * np.conj(w))  # of g(z) = 2 u conj(z), which is conjugate-linear


def test_an_integer_output_passes_no_derivative_on(engine):
    from gradspec.backends.jax_driver import Apply, Tape

    tape = Tape()
    leaf = tape.leaf(jax.numpy.asarray([1.0, 3.0]))
    (place,) = tape.call(Apply("jnp.argmax({0})"), leaf)

    assert tape.pull([(place, tape.leaf(jax.numpy.asarray(1)))], [leaf]) == [None]
    assert place not in tape.push({leaf: jax.numpy.ones(2)})


def test_one_kernel_serves_every_graph_of_the_same_op(engine):
    from gradspec.backends import jax_driver

    engine.answer(composed())
    before = jax_driver.compiled.cache_info().misses
    engine.answer(composed())

    assert jax_driver.compiled.cache_info().misses == before


def test_float32_stays_float32(engine):
    answers = engine.answer(composed("float32"))

    assert {one.dtype for one in (*answers.values, *answers.questions[0][:2])} == {"float32"}


def test_an_error_of_the_engine_is_its_answer(engine):
    program = Program((Input((2, 3)), Input((2, 3))), (Step("matmul", (0, 1), {}, (2, 3)),), (2,))

    assert "TypeError" in engine.answer(program).refused[-1].types


def test_an_unknown_device_is_refused_in_one_line():
    from gradspec.errors import DeviceMissing

    with pytest.raises(DeviceMissing, match="jax has no device 'tpu'. It has: cpu, gpu"):
        Jax("tpu")
