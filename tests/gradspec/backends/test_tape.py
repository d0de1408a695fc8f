"""A torch-named engine becomes a backend by a few lines; torch plays the engine here."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is the engine that the base class is tried with")

from gradspec.backends.tape import TapeBackend, resolves  # noqa: E402
from gradspec.programs.model import Input, Program, Question, Step  # noqa: E402


class Mine(TapeBackend):
    """All that a third party has to write."""

    name = "mine"
    capabilities = frozenset({"ops", "tape"})

    def __init__(self, device: str = "") -> None:
        super().__init__(torch, device)


def leaf(*numbers: float, **more) -> Input:
    return Input((len(numbers),), exact=tuple(float(x).hex() for x in numbers), **more)


def ask(*modes: str) -> tuple[Question, ...]:
    return tuple(Question(mode, seed=n) for n, mode in enumerate(modes))


def one(op: str, *inputs: Input, shape=(2,), questions=(), **settings) -> Program:
    step = Step(op, tuple(range(len(inputs))), settings, shape)
    return Program(inputs, (step,), (len(inputs),), questions)


def test_a_gradient_is_the_cotangent_through_the_op():
    program = one("mul", leaf(1.5, -2.0), leaf(4.0, 0.5), questions=ask("reverse"))
    (u,) = _cotangents(program)

    x, y = Mine().answer(program).questions[0]

    assert x.numpy().tolist() == (u * [4.0, 0.5]).tolist()
    assert y.numpy().tolist() == (u * [1.5, -2.0]).tolist()


def test_a_second_gradient_is_that_of_the_weighted_gradient():
    from gradspec.programs import values

    program = one("mul", leaf(1.5, -2.0), leaf(4.0, 0.5), questions=ask("reverse-reverse"))
    (u,) = _cotangents(program)
    w, v = values.second(program, program.questions[0])

    x, y = Mine().answer(program).questions[0]

    assert x.numpy().tolist() == (u * v).tolist()  # d/dx of <w, u y> + <v, u x>
    assert y.numpy().tolist() == (u * w).tolist()


def test_an_input_without_a_path_has_no_gradient():
    program = Program((leaf(1.0), leaf(2.0)), (Step("neg", (0,), {}, (1,)),), (2,), ask("reverse"))

    assert Mine().answer(program).questions[0][1] is None


def test_an_input_that_wants_no_gradient_is_not_asked():
    program = one("mul", leaf(1.0, 2.0), leaf(3.0, 4.0, requires_grad=False), questions=ask("reverse"))

    assert len(Mine().answer(program).questions[0]) == 1


def test_an_output_that_needs_no_gradient_is_left_out():
    fixed = leaf(3.0, requires_grad=False)
    steps = (Step("neg", (0,), {}, (1,)), Step("neg", (1,), {}, (1,)))
    program = Program((leaf(1.0), fixed), steps, (2, 3), ask("reverse"))

    answers = Mine().answer(program)

    assert answers.refused == {}
    assert answers.questions[0][0].numpy().tolist() == (-_cotangents(program)[0]).tolist()


def test_the_values_own_error_has_index_minus_one():
    program = one("matmul", Input((2, 3)), Input((2, 3)), shape=(2, 3))

    assert "RuntimeError" in Mine().answer(program).refused[-1].types


def test_a_question_that_is_refused_leaves_the_others_answered():
    program = one("mul", leaf(1.0, 2.0), leaf(3.0, 4.0), questions=ask("reverse", "forward"))

    answers = Mine().answer(program)

    assert answers.refused[1].types[0] == "Unsupported"
    assert answers.questions[1] == ()
    assert len(answers.questions[0]) == 2


def test_ops_and_numbers_that_it_lacks_are_named():
    class Real(Mine):
        def has_op(self, name):
            return name != "tanh"

    program = one("tanh", Input((2,), dtype="complex128"), shape=(2,))

    assert Real().answer(program).missing == ("tanh", "complex")


def test_steps_are_shown_when_asked_for():
    program = Program((leaf(1.0),), (Step("neg", (0,), {}, (1,)), Step("exp", (1,), {}, (1,))), (2,))

    assert Mine().answer(program).steps == ()
    assert [step.numpy().tolist() for step in Mine().answer(program, steps=True).steps] == [[-1.0], [np.exp(-1.0)]]


def test_a_template_is_found_name_by_name():
    assert resolves("torch.nn.functional.relu({0})", torch)
    assert resolves("{0}.expand({shape})", torch)
    assert not resolves("torch.nn.functional.no_such_thing({0})", torch)
    assert not resolves("{0}.no_such_method()", torch)


@pytest.mark.parametrize(
    ("layout", "strides", "offset"),
    [("contiguous", (3, 1), 0), ("transposed", (1, 2), 0), ("strided", (6, 2), 0), ("offset", (3, 1), 1),
     ("expanded", (0, 1), 0)],
)  # fmt: skip
def test_a_layout_changes_strides_and_no_values(layout, strides, offset):
    numbers = (1.0, 2.0, 3.0) * 2
    program = Program((Input((2, 3), layout=layout, exact=tuple(x.hex() for x in numbers)),), (), (0,))

    (x,) = Mine().leaves(program)

    assert (x.stride(), x.storage_offset()) == (strides, offset)
    assert x.flatten().tolist() == list(numbers)
    assert x.is_leaf
    assert x.requires_grad


@pytest.mark.parametrize("layout", ["transposed", "strided", "offset", "expanded"])
@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (1, 1, 1)])
def test_every_layout_exists_for_every_shape(layout, shape):
    (x,) = Mine().leaves(Program((Input(shape, layout=layout),), (), (0,)))

    assert tuple(x.shape) == shape


def _cotangents(program: Program) -> list[np.ndarray]:
    from gradspec.programs import values

    return values.cotangents(program, program.questions[0])
