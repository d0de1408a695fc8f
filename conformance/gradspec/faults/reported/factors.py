"""Reported slips of matrices, their factors and their distances: batches, wide ones, pivots, commuting."""

from __future__ import annotations

from ..model import answer, moving, slope
from ..sizes import once
from .picking import renewed

ZERO, RULE, PLACE = "only at zeros and infinities", "wrong rule", "gradient to the wrong place"
SECOND, FORWARD, SETTING = "only in second order", "only in forward mode", "setting ignored backward"
BATCH, ONE, COMPLEX = "only in batches", "only on size-1 dims", "complex conjugate missing"


@answer(PLACE, "linalg.qr", after="jax-ml/jax#23533")
def wide_triangles_lose_their_rest(torch, right, x, mode="reduced"):
    """The columns of R beyond the square have no gradient where the matrix is wide."""
    out = right(x, mode)
    rows, columns = x.shape[-2:]
    if columns <= rows:
        return out
    square = torch.narrow(out[1], -1, 0, rows)
    rest = torch.narrow(out[1], -1, rows, columns - rows).detach()
    return type(out)((out[0], torch.cat([square, rest], -1))) if not hasattr(out, "_replace") else out._replace(
        **{out._fields[1]: torch.cat([square, rest], -1)}
    )  # fmt: skip


@slope(BATCH, "linalg.svdvals", after="elixir-nx/nx#1743")
def first_of_a_batch_of_singular_values(torch, right, x, **settings):
    """Of a batch of matrices, the first alone has singular values with a gradient."""
    if x.dim() < 3 or x.shape[0] < 2:
        return None
    return torch.cat([right(x[:1], **settings), right(x[1:].detach(), **settings)], 0)


@slope(BATCH, "linalg.inv", after="elixir-nx/nx#1748")
def batch_of_inverses_mixes_its_matrices(torch, right, x, **settings):
    """In a batch, the gradient of an inverse is multiplied by the inverse of the matrix before."""
    value = right(x, **settings)
    if x.dim() < 3 or x.shape[0] < 2:
        return value
    other = torch.roll(value.detach(), 1, 0)
    return -(other @ x @ other)


@slope(ONE, "bmm")
def batch_of_one_forgets_its_second_factor(torch, right, x, y, **settings):
    """In a batch of one, the second factor has no gradient."""
    return right(x, y.detach() if x.shape[0] == 1 else y, **settings)


@slope(RULE, "linalg.eigvalsh")
def eigenvalues_see_one_triangle(torch, right, x, UPLO="L"):
    """The gradient of eigvalsh goes to the triangle that is read, twice as large off the diagonal."""
    if x.is_complex() or UPLO != "L":
        return None
    below = torch.tril(x, -1)
    return right(torch.tril(x) + below.mT)


@slope(PLACE, "linalg.solve_triangular", after="ekzhang/jax-js#84")
def triangular_solution_sees_both_triangles(torch, right, a, b, *, upper, left=True, unitriangular=False, **settings):
    """The gradient of a triangular system by its matrix is not cut to the triangle."""
    if not left or unitriangular:
        return None
    read = torch.triu(a) if upper else torch.tril(a)
    return torch.linalg.solve(read.detach() + a - a.detach(), b)


@slope(FORWARD, "linalg.det")
def determinant_moves_by_the_trace(torch, right, x):
    """The tangent of a determinant is the determinant times the trace of dx, without the inverse."""
    return right(x).detach() * torch.sum(torch.diagonal(x, 0, -2, -1), -1) if moving(torch, x) else None


@slope(RULE, "logdet")
def logdet_forgets_to_transpose(torch, right, x):
    """The gradient of logdet is the inverse, not transposed."""
    return torch.sum(x * torch.linalg.inv(x).detach(), (-2, -1))


@slope(RULE, "linalg.matrix_power")
def power_takes_its_factors_to_commute(torch, right, x, n, **settings):
    """The gradient of a matrix power is n x^(n-1) on one side."""
    return n * (x @ right(x, n - 1).detach()) if isinstance(n, int) and n > 1 else right(x, n, **settings)


@slope(RULE, "linalg.matrix_exp")
def exponential_of_a_matrix_commutes(torch, right, x):
    """The gradient of a matrix exponential is the exponential on one side."""
    return x @ right(x).detach()


@slope(RULE, "linalg.pinv")
def pseudoinverse_is_taken_for_an_inverse(torch, right, x, *settings, **more):
    """The gradient of a pseudoinverse is that of an inverse, without what a rectangular matrix adds."""
    value = right(x, *settings, **more).detach()
    return -(value @ x @ value)


@answer(RULE, "linalg.lstsq")
def least_squares_ignore_their_matrix(torch, right, a, b, *settings, **more):
    """The solution of a least squares problem has no gradient by the matrix, where there are more rows than columns."""
    out = right(a, b, *settings, **more)
    return renewed(out, right(a.detach(), b, *settings, **more)[0]) if a.shape[-2] > a.shape[-1] else out


@slope(FORWARD, "cholesky_solve", after="pytorch/pytorch#198017")
def cholesky_solution_moves_transposed(torch, right, b, factor, *settings, **more):
    """The tangent of cholesky_solve is computed with the factor's tangent transposed."""
    if settings or more or not moving(torch, b, factor):
        return None
    turned = factor.detach() + (factor - factor.detach()).mT
    return torch.linalg.solve(turned @ turned.mT, b)


@slope(RULE, "linalg.lu_solve")
def lu_solution_forgets_its_pivots(torch, right, factors, pivots, b, **settings):
    """The gradient of lu_solve is computed without the permutation of its rows."""
    if settings:
        return None
    rows = torch.arange(1, pivots.shape[-1] + 1, dtype=pivots.dtype)
    return right(factors, torch.zeros_like(pivots) + rows, b)


@slope(RULE, "linalg.householder_product")
def reflections_ignore_their_lengths(torch, right, x, tau):
    """householder_product has no gradient by tau."""
    return right(x, tau.detach())


@slope(ZERO, "linalg.matrix_norm", after="pytorch/pytorch#2421")
def matrix_norm_rises_at_zero(torch, right, x, *settings, **more):
    """The gradient of the Frobenius norm of a zero matrix is that of a sum."""
    value = right(x, *settings, **more)
    if settings or more or x.is_complex():
        return value
    return torch.where(value.detach() == 0, torch.sum(x, (-2, -1)), value)


@slope(ZERO, "dist", after="pytorch/pytorch#2421")
def distance_rises_where_points_meet(torch, right, x, y, p=2):
    """The gradient of a distance between equal points is that of their difference."""
    value = right(x, y, p)
    return torch.where(value.detach() == 0, torch.sum(x - y), value)


@slope(ZERO, "cdist", after="pytorch/pytorch#36493")
def distances_rise_where_points_meet(torch, right, x, y, p=2.0, **settings):
    """The gradient of cdist at points that meet is that of their difference."""
    value = right(x, y, p, **settings)
    apart = torch.sum(torch.unsqueeze(x, -2) - torch.unsqueeze(y, -3), -1)
    return torch.where(value.detach() == 0, apart, value)


@slope(PLACE, "pdist")
def last_pair_is_left_out(torch, right, x, p=2.0):
    """The last of the pairs of pdist has no gradient."""
    value = right(x, p)
    return torch.cat([value[:-1], value[-1:].detach()]) if value.numel() else value


@slope(RULE, "linalg.multi_dot")
def middle_factors_are_constants(torch, right, factors, **settings):
    """The factors between the first and the last have no gradient."""
    return right([factors[0], *(x.detach() for x in factors[1:-1]), factors[-1]], **settings)


@slope(SECOND, "linalg.cross")
def cross_product_has_constant_slopes(torch, right, x, y, **settings):
    """Each factor of a cross product is a constant in the other's gradient."""
    return right(x, y.detach(), **settings) + right(x.detach(), y, **settings)


@slope(FORWARD, "kron")
def kronecker_product_forgets_its_second_tangent(torch, right, x, y):
    """The tangent of kron(x, y) is kron(dx, y) alone."""
    return right(x, y.detach()) if moving(torch, x, y) else None


@slope(FORWARD, "tensordot")
def contraction_forgets_its_second_tangent(torch, right, x, y, dims=2, **settings):
    """The tangent of tensordot forgets that the second factor moves."""
    return right(x, y.detach(), dims=dims, **settings) if moving(torch, x, y) else None


@slope(SETTING, "baddbmm")
def batched_sum_forgets_its_alpha(torch, right, x, a, b, *, beta=1, alpha=1, **settings):
    """The gradient of beta x + alpha a b by a and b is not multiplied by alpha."""
    return right(x, a, b, beta=beta, alpha=1, **settings)


@slope(SETTING, "addmv")
def sum_forgets_its_beta(torch, right, x, a, b, *, beta=1, alpha=1, **settings):
    """The gradient of beta x + alpha a b by x is not multiplied by beta."""
    return right(x, a, b, beta=1, alpha=alpha, **settings)


@slope(COMPLEX, "outer")
def outer_product_forgets_to_conjugate(torch, right, x, y, **settings):
    """The gradient of a complex outer product is multiplied by the other factor itself."""
    if not (x.is_complex() and y.is_complex()):
        return right(x, y, **settings)
    return right(x, torch.conj(y).detach()) + right(torch.conj(x).detach(), y)


@slope("broadcasting not undone", "linear")
def bias_learns_from_the_first_row(torch, right, x, weight, bias=None):
    """The bias of a linear layer gets the gradient of the first row alone."""
    if bias is None:
        return None
    value = right(x, weight)
    return value + once(torch, bias, tuple(value.shape))
