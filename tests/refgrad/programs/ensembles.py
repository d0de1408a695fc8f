import copy
import torch
import torch.nn as nn
import torch.nn.functional as F


class SimpleMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(20, 16)
        self.fc2 = nn.Linear(16, 16)
        self.fc3 = nn.Linear(16, 10)

    def forward(self, x):
        x = x.flatten(1)
        x = self.fc1(x)
        x = F.relu(x)
        x = self.fc2(x)
        x = F.relu(x)
        x = self.fc3(x)
        return x


num_models = 3
data = torch.randn(2, 5, 1, 4, 5)
models = [SimpleMLP() for _ in range(num_models)]
minibatches = torch.stack([data[0], data[1], data[0]])
from torch.func import stack_module_state, functional_call

params, buffers = stack_module_state(models)
print({k: v.shape for k, v in params.items()}, buffers)
base_model = copy.deepcopy(models[0])
base_model = base_model.to("meta") if hasattr(torch, "never") else base_model


def fmodel(params, buffers, x):
    return functional_call(base_model, (params, buffers), (x,))


from torch import vmap

predictions1_vmap = vmap(fmodel)(params, buffers, minibatches)
print(predictions1_vmap.shape, predictions1_vmap.sum())
print(predictions1_vmap[0, 0])
minibatch = data[0]
predictions2_vmap = vmap(fmodel, in_dims=(0, 0, None))(params, buffers, minibatch)
print(predictions2_vmap[2, 0])
for m, p in zip(models, predictions2_vmap):
    print(torch.allclose(m(minibatch), p, atol=1e-5))
