from gradspec import catalogue
from gradspec.backends.abilities import drawable


def test_programs_are_drawn_from_what_the_tested_engines_have():
    ops, modes = drawable(
        [("refgrad", list(catalogue.ops()), ["reverse", "forward"]), ("tiny", ["mul", "add"], ["reverse"])]
    )

    assert (ops, modes) == (["add", "mul"], ["reverse"])


def test_one_engine_that_has_an_op_is_enough_to_draw_it():
    ops, modes = drawable([("torch:cpu", ["mul"], ["reverse"]), ("jax:cpu", ["sin"], ["forward"])])

    assert (sorted(ops), modes) == (["mul", "sin"], ["reverse", "forward"])


def test_the_reference_alone_decides_for_itself():
    assert drawable([("refgrad", ["sin"], ["forward"])]) == (["sin"], ["forward"])
