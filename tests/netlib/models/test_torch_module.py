"""A torch module is read however its forward() is written, and computes the same; what cannot be shown is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import prune

from netlib.errors import BadFile
from netlib.models import model_network

POINTS = np.random.default_rng(0).normal(size=(40, 2))


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.out = nn.Linear(2, 3), nn.Linear(3, 4, bias=False), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        x = F.dropout(torch.relu(self.fc1(x)), training=self.training)
        return F.log_softmax(self.out(self.fc2(x).tanh()), dim=1)


class Listed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
        self.act, self.head = nn.ELU(), nn.Sequential(nn.Dropout(), nn.Linear(2, 3), nn.Softmax(dim=-1))

    def forward(self, x: Any) -> Any:
        for layer in self.hidden:
            x = self.act(layer(x))
        return self.head(x)


class ByHand(nn.Module):
    """Weights as bare parameters, inputs scaled by buffers, one output without its axis."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor([1.0, -2.0]))
        self.w1, self.b1 = nn.Parameter(torch.randn(2, 3)), nn.Parameter(torch.randn(3))
        self.w2, self.b2 = nn.Parameter(torch.randn(3, 1)), nn.Parameter(torch.randn(1))

    def forward(self, x: Any) -> Any:
        x = 2 * ((x - self.mean) / 0.5) + 1
        hidden = torch.sigmoid(x @ self.w1 + self.b1)
        return torch.addmm(self.b2, 1 - hidden, self.w2).squeeze(-1)


class Normed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 4), nn.BatchNorm1d(4, eps=0.1), nn.Softplus())
        self.out = nn.Linear(4, 1)
        self.train()
        for _ in range(20):
            self.body(3 * torch.randn(32, 2) + 1)

    def forward(self, x: Any) -> Any:
        return torch.sigmoid(self.out(self.body(x.view(x.size(0), -1))))


class Block(nn.Module):
    """norm -> activation -> linear twice, added to the input: a residual block before its activation."""

    def __init__(self, norm: nn.Module, scale: float = 1.0) -> None:
        super().__init__()
        self.norm, self.first, self.second, self.scale = norm, nn.Linear(4, 5), nn.Linear(5, 4), scale

    def forward(self, x: Any) -> Any:
        return x + self.scale * self.second(F.gelu(self.first(torch.relu(self.norm(x)))))


class Residuals(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        blocks = [Block(nn.BatchNorm1d(4), 0.5), Block(nn.LayerNorm(4)), nn.BatchNorm1d(4), Block(nn.Identity())]
        self.body = nn.Sequential(nn.Linear(2, 4), *blocks, nn.LayerNorm(4, elementwise_affine=False))
        self.out = nn.Linear(4, 2)
        self.train()
        for _ in range(5):
            self.body(3 * torch.randn(32, 2) + 1)

    def forward(self, x: Any) -> Any:
        return self.out(torch.relu(self.body(x)))


class InPlace(nn.Module):
    """The activation in the branch changes the input, too: torch computes relu(x) + f(relu(x))."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.out = nn.Linear(2, 3), nn.Linear(3, 1)
        self.branch = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(3, 3))

    def forward(self, x: Any) -> Any:
        x = self.start(x)
        return self.out(x.add_(self.branch(x)))


class ByOperations(nn.Module):
    """Activations written out, and a difference with a factor."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 1)])

    def forward(self, x: Any) -> Any:
        x = self.fc[0](x)
        x = x * torch.sigmoid(x)
        x = torch.sub(x, torch.tanh(self.fc[1](x)), alpha=0.7)
        x = self.fc[2](x)
        x = 0.5 * x * (1 + torch.erf(x / 2**0.5))
        return self.fc[3](torch.tanh(torch.relu(x)) - x)


class Parallel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, x: Any) -> Any:
        return torch.tanh(self.left(x)) + torch.relu(self.right(x))


class Shortcuts(nn.Module):
    """Blocks with a projection on the skip path, as where the width changes, and branches side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.project, self.norm = nn.Linear(2, 6, bias=False), nn.BatchNorm1d(6)
        self.body = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 6))
        self.left, self.right, self.out = nn.Linear(6, 3), nn.Linear(6, 3), nn.Linear(11, 2)

    def forward(self, x: Any) -> Any:
        y = torch.relu(self.body(x) - self.norm(self.project(x)))
        y = torch.tanh(torch.sigmoid(self.left(y)) + self.right(y))
        return self.out(torch.cat([x, torch.relu(y), y, y @ torch.ones(3, 3, dtype=x.dtype)], 1))


class Clamped(nn.Module):
    """ReLU and ReLU6 as people write them by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.ModuleList([nn.Linear(2, 5), nn.Linear(5, 5), nn.Linear(5, 5), nn.Linear(5, 1)])

    def forward(self, x: Any) -> Any:
        x = torch.clamp(self.fc[0](x), min=0)
        x = self.fc[1](x).clamp_min(0)
        return self.fc[3]((8 * self.fc[2](x)).clamp(0, 6))


class NoReadout(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Any) -> Any:
        return torch.softmax(x + torch.tanh(self.fc(x)), 1)


def expected(module: nn.Module, points: Any) -> Any:
    with torch.no_grad():
        found = module.eval().double()(torch.tensor(points).double()).numpy()
    return found.reshape(len(points), -1)


def after(read: Any, values: Any) -> Any:
    """The values of a network, with the activation at its end that it leaves out."""
    tensor = torch.tensor(values)
    ends: dict[str, Callable[[Any], Any]] = {
        "identity": lambda x: x,
        "sigmoid": torch.sigmoid,
        "softmax": lambda x: torch.softmax(x, dim=1),
        "log_softmax": lambda x: torch.log_softmax(x, dim=1),
    }
    return ends[read.final](tensor).numpy()


MADE = [Functional, Listed, ByHand, Normed, Residuals, Shortcuts, Parallel, Clamped, InPlace, ByOperations, NoReadout]


@pytest.mark.slow
@pytest.mark.parametrize("make", MADE)
def test_the_network_computes_what_the_module_computes(make: type[nn.Module]) -> None:
    torch.manual_seed(0)
    module = make()
    read = model_network(module, POINTS)
    np.testing.assert_allclose(after(read, read.network(POINTS)), expected(module, POINTS), atol=1e-6)


@pytest.mark.parametrize(
    "bend",
    [
        nn.GELU(),
        nn.SiLU(),
        nn.Mish(),
        nn.SELU(),
        nn.ReLU6(),
        nn.Softsign(),
        nn.Hardsigmoid(),
        nn.LeakyReLU(0.3),
        nn.PReLU(),
        nn.Hardswish(),
        nn.GELU(approximate="tanh"),
        nn.CELU(0.5),
        nn.ELU(0.3),
        nn.ELU(2.5),
        nn.LogSigmoid(),
        nn.Tanhshrink(),
        nn.Softshrink(),
        nn.Softshrink(0.2),
        nn.Hardtanh(),
        nn.Hardtanh(-2, 3),
        nn.Softplus(beta=3),
        nn.Threshold(0.3, 0.3),
        nn.RReLU(),
        nn.PReLU(4, init=0.4),
        nn.RMSNorm(4),
        nn.RMSNorm(4, eps=0.1, elementwise_affine=False),
        nn.GroupNorm(2, 4),
        nn.GroupNorm(4, 4, affine=False),
    ],
    ids=str,
)
def test_each_activation_is_read(bend: nn.Module) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 4), bend, nn.Linear(4, 1))
    with torch.no_grad():
        for parameter in bend.parameters():
            parameter += 0.3 * torch.rand_like(parameter)
    found = model_network(module, POINTS).network
    np.testing.assert_allclose(found(3 * POINTS), expected(module, 3 * POINTS), atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")
@pytest.mark.parametrize("change", [lambda layer: prune.l1_unstructured(layer, "weight", 0.5), nn.utils.weight_norm])
def test_a_layer_whose_weights_are_computed_is_read_after_a_pass_too(change: Callable[[nn.Module], Any]) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))
    change(module[0])
    for _ in range(2):
        found = model_network(module, POINTS).network
        np.testing.assert_allclose(found(POINTS), expected(module, POINTS), atol=1e-6)
        module.double()(torch.tensor(POINTS).double()).sum().backward()  # keeps a graph


def chunked(x: Any) -> Any:
    first, second = x.chunk(2, dim=1)
    return torch.cat([torch.tanh(first), second], dim=1)


PIECES: dict[str, Callable[[Any], Any]] = {
    "chunk": chunked,
    "split": lambda x: torch.cat([part.relu() for part in torch.split(x, [1, 3], dim=-1)], -1),
    "slices": lambda x: torch.cat([x[:, 2:], -x[:, :2]], 1),
    "columns": lambda x: torch.stack([x[:, 3], x[:, 0]], 1) + x[:, [1, 2]],
    "unbind": lambda x: x.unbind(1)[2].unsqueeze(1),
    "clamped on one side": lambda x: x.clamp(max=0.4),
    "minus": lambda x: -x,
    "instance norm of channels": lambda x: F.instance_norm(x.view(-1, 2, 2)).flatten(1),
    "instance norm of points": lambda x: F.instance_norm(x[:, None])[:, 0],
}


@pytest.mark.parametrize("cut", PIECES)
def test_pieces_of_the_numbers_are_read(cut: str) -> None:
    class Cut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(2, 4), nn.LazyLinear(2)

        def forward(self, x: Any) -> Any:
            return self.last(PIECES[cut](self.first(x)))

    torch.manual_seed(0)
    module = Cut()
    module(torch.tensor(POINTS).float())
    read = model_network(module, POINTS)
    np.testing.assert_allclose(after(read, read.network(POINTS)), expected(module, POINTS), atol=1e-6)


def test_residual_blocks_and_norms_are_layers_of_their_own() -> None:
    torch.manual_seed(0)
    network = model_network(Residuals(), POINTS).network
    kinds = [type(layer).__name__ for layer in network.hidden]
    assert kinds == ["Dense", "Residual", "Residual", "Normalize", "Residual", "LayerNorm"]
    branch = [type(layer).__name__ for layer in network.hidden[1].branch]
    assert branch == ["Normalize", "Dense", "Dense"]
    assert network.hidden[-1].activation.name == "relu"


def test_images_are_flattened_as_the_module_does() -> None:
    points = np.random.default_rng(1).normal(size=(10, 1, 4, 4)).astype(np.float32)
    module = nn.Sequential(nn.Flatten(), nn.Linear(16, 3), nn.ReLU(), nn.Linear(3, 2))
    read = model_network(module, points)
    np.testing.assert_allclose(read.network(points.reshape(10, -1)), expected(module, points), atol=1e-6)


def test_a_module_on_its_way_through_training_stays_as_it_is() -> None:
    module = Normed().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    model_network(module, POINTS)
    assert module.training
    assert module.body[0].training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


class Convolved(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv1d(1, 2, 2), nn.Flatten(), nn.Linear(2, 2))

    def forward(self, x: Any) -> Any:
        return self.body(x[:, None])


class Branching(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Any) -> Any:
        return self.fc(-x if x.sum() > 0 else x)


class InADict(Clamped):
    def forward(self, x: Any) -> Any:
        return {"logits": super().forward(x)}


class ClampedElsewhere(Clamped):
    def forward(self, x: Any) -> Any:
        return self.fc[0](x).clamp(2, 1)


class Stacked(Parallel):
    def forward(self, x: Any) -> Any:
        return torch.stack([self.left(x), self.right(x)]).sum(0)


class Aliased(nn.Module):
    """A view of x is changed in place, and with it x."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Any) -> Any:
        x = self.fc(x)
        x.view(-1, 2).mul_(3.0)
        return x


class TwoHeads(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Any) -> Any:
        return self.fc(x), x


@pytest.mark.parametrize(
    ("module", "named"),
    [
        (Convolved(), "'body.0' is conv1d"),
        (Branching(), "cannot be followed by torch.export"),
        (TwoHeads(), "returns 2 values"),
        (InADict(), "returns a dict. Return the scores of the classes alone"),
        (ClampedElsewhere(), "'forward' is a clamp from 2 to 1"),
        (nn.Sequential(nn.Linear(2, 4), nn.GLU()), "'1' is glu"),
        (nn.Sequential(nn.Linear(2, 4), nn.Hardshrink()), "'1' is hardshrink"),
        (Stacked(), "'forward' is stack of two branches"),
        (Aliased(), "computes something else"),
        (nn.Sequential(nn.Linear(3, 2)), "does not take two inputs of the shape (2,)"),
        (nn.Sequential(nn.Linear(2, 2), nn.ELU(-0.3), nn.Linear(2, 1)), "an ELU with alpha -0.3"),
    ],
)
def test_what_cannot_be_shown_is_named_in_one_line(
    module: nn.Module, named: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadFile) as caught:
        model_network(module, POINTS)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{type(module).__name__}: ")
    assert capfd.readouterr() == ("", "")
