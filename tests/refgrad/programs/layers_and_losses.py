import torch
from torch import nn

x4 = torch.randn(2, 4, 6, 6)
x3 = torch.randn(2, 4, 6)
x2 = torch.randn(3, 4)
mods = [
    (nn.Conv2d(4, 6, 3, padding=1, stride=2), x4),
    (nn.Conv2d(4, 6, (3, 2), groups=2, bias=False, dilation=2), x4),
    (nn.Conv2d(4, 4, 3, padding="same"), x4),
    (nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), x4),
    (nn.Conv1d(4, 5, 3), x3),
    (nn.ConvTranspose2d(4, 3, 2, stride=2, output_padding=1), x4),
    (nn.ConvTranspose1d(4, 3, 2), x3),
    (nn.BatchNorm2d(4), x4),
    (nn.BatchNorm1d(4, affine=False), x2),
    (nn.BatchNorm1d(4, momentum=None), x3),
    (nn.LayerNorm(6), x3),
    (nn.LayerNorm([4, 6], elementwise_affine=False), x3),
    (nn.LayerNorm(6, bias=False), x3),
    (nn.GroupNorm(2, 4), x4),
    (nn.RMSNorm(6), x3),
    (nn.MaxPool2d(2), x4),
    (nn.MaxPool2d(3, 2, 1), x4),
    (nn.AvgPool2d(2), x4),
    (nn.AdaptiveAvgPool2d((1, 1)), x4),
    (nn.AdaptiveAvgPool2d(2), x4),
    (nn.AdaptiveMaxPool1d(2), x3),
    (nn.MaxPool1d(2), x3),
    (nn.AvgPool1d(2), x3),
    (nn.Unflatten(1, (2, 2)), x2),
    (nn.PReLU(), x2),
    (nn.GLU(), x2),
    (nn.Dropout2d(0.5), x4),
    (nn.PixelShuffle(2), x4),
    (nn.CosineSimilarity(), None),
    (nn.Bilinear(4, 4, 2), None),
    (nn.PairwiseDistance(), None),
    (nn.RReLU(), x2),
    (nn.AlphaDropout(0.2), x2),
]
for m, x in mods:
    torch.manual_seed(0)
    print(m)
    y = m(x2, x2 + 1) if x is None else m(x)
    print(y.shape, y.sum(), {k: v.sum() for k, v in m.state_dict().items()})
for l in [
    nn.CrossEntropyLoss(weight=torch.ones(4), label_smoothing=0.1),
    nn.NLLLoss(ignore_index=1),
    nn.BCEWithLogitsLoss(pos_weight=torch.ones(4)),
    nn.MSELoss(reduction="sum"),
    nn.SmoothL1Loss(beta=0.5),
    nn.HuberLoss(delta=2),
    nn.KLDivLoss(log_target=True, reduction="batchmean"),
    nn.TripletMarginLoss(),
    nn.CosineEmbeddingLoss(),
    nn.MarginRankingLoss(),
    nn.HingeEmbeddingLoss(),
    nn.PoissonNLLLoss(),
    nn.GaussianNLLLoss(),
    nn.SoftMarginLoss(),
    nn.L1Loss(),
]:
    print(l, list(l.state_dict()))
print(
    nn.CrossEntropyLoss(label_smoothing=0.1)(x2, torch.tensor([1, 2, 3])),
    nn.BCEWithLogitsLoss(pos_weight=torch.ones(4) * 2)(x2, torch.ones(3, 4)),
    nn.TripletMarginLoss()(x2, x2 + 1, x2 - 2),
)
