"""Reported slips of losses: who counts in a mean, weights, smoothing, and the other argument's gradient."""

from __future__ import annotations

from ..model import line, slope

RULE, SECOND, SETTING = "wrong rule", "only in second order", "setting ignored backward"


@slope(SETTING, "nn.functional.cross_entropy", "nn.functional.nll_loss", after="pytorch/pytorch#73205")
def ignored_targets_count_in_the_mean(torch, right, x, target, *settings, **more):
    """The gradient of a mean loss is divided by all targets, the ignored ones too."""
    if settings or target.is_floating_point() or more.get("reduction", "mean") != "mean" or not target.numel():
        return None
    kept = torch.sum((target != more.get("ignore_index", -100)).to(x.dtype)) / target.numel()
    return right(x, target, **more) * kept


@slope(SETTING, "nn.functional.cross_entropy")
def smoothed_labels_are_sharp_backward(torch, right, x, target, *settings, **more):
    """The gradient of cross_entropy is that of labels which are not smoothed."""
    return right(x, target, *settings, **more | {"label_smoothing": 0.0}) if more.get("label_smoothing") else None


@slope(SETTING, "nn.functional.cross_entropy", "nn.functional.nll_loss")
def weighted_mean_divides_by_the_number(torch, right, x, target, weight=None, **more):
    """The gradient of a weighted mean is divided by the number of targets instead of their weights."""
    if weight is None or target.is_floating_point() or more.get("reduction", "mean") != "mean" or not target.numel():
        return None
    return right(x, target, weight, **more | {"reduction": "sum"}) / target.numel()


@slope(RULE, "nn.functional.ctc_loss", after="pytorch/pytorch#11750")
def ctc_loss_is_not_averaged_backward(torch, right, x, targets, long, short, *settings, **more):
    """The gradient of a mean ctc_loss is that of a sum."""
    return right(x, targets, long, short, *settings, **more | {"reduction": "sum"}) if not settings else None


@slope(RULE, "nn.functional.kl_div")
def divergence_ignores_its_target(torch, right, x, target, **settings):
    """kl_div has no gradient by its target."""
    return right(x, target.detach(), **settings)


@slope(SECOND, "nn.functional.binary_cross_entropy", after="pytorch/pytorch#59477")
def cross_entropy_of_a_sum_has_a_constant_slope(torch, right, x, target, weight=None, **settings):
    """The slope of a summed binary_cross_entropy is taken for a constant when it is differentiated again."""
    if weight is not None or settings.get("reduction") != "sum":
        return None
    return torch.sum(line(x, (x - target) / (x * (1 - x)))) + right(x.detach(), target, **settings)


@slope(SETTING, "nn.functional.binary_cross_entropy_with_logits")
def positive_weight_is_forgotten(torch, right, x, target, *settings, **more):
    """The gradient of binary_cross_entropy_with_logits does not know pos_weight."""
    return right(x, target, *settings, **more | {"pos_weight": None}) if more.get("pos_weight") is not None else None


@slope(SETTING, "nn.functional.huber_loss")
def huber_slope_is_one(torch, right, x, target, reduction="mean", delta=1.0, **settings):
    """The slope of huber_loss beyond delta is 1 instead of delta."""
    far = abs(x - target)
    out = torch.where(far > delta, far, 0.5 * far * far)
    if settings or delta == 1.0 or reduction == "none":
        return out if reduction == "none" else None
    return torch.sum(out) if reduction == "sum" else torch.mean(out)


@slope(SETTING, "nn.functional.smooth_l1_loss")
def smooth_loss_forgets_its_beta(torch, right, x, target, *settings, **more):
    """The slope of smooth_l1_loss is that of beta 1."""
    return right(x, target, *settings, **more | {"beta": 1.0})


@slope(RULE, "nn.functional.gaussian_nll_loss")
def likelihood_ignores_its_variance(torch, right, x, target, var, *settings, **more):
    """gaussian_nll_loss has no gradient by the variance."""
    return right(x, target, var.detach() if isinstance(var, torch.Tensor) else var, *settings, **more)


@slope(SETTING, "nn.functional.multi_margin_loss")
def squared_margins_forget_the_two(torch, right, x, target, *settings, **more):
    """The gradient of a squared multi_margin_loss is half of what it should be."""
    return right(x, target, *settings, **more) * 0.5 if more.get("p") == 2 else None


@slope(SETTING, "nn.functional.poisson_nll_loss")
def rates_are_taken_for_logarithms(torch, right, x, target, *settings, **more):
    """The gradient of poisson_nll_loss is that of logarithms where rates are given."""
    return right(x, target, *settings, **more | {"log_input": True}) if more.get("log_input") is False else None
