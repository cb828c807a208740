import numpy as np
import pytest
import scipy.fft

from amp_net import AMPNet
from amp_net.storage import texts
from experiments.paper.studies import ablation, hyperparameters
from experiments.paper.studies.partial_networks import AMPAlone, CNNAlone
from experiments.recipe.variants import settle
from experiments.shared.result_files import RESULTS
from experiments.shared.trainings import short_trainings
from experiments.shared.trainings.short_trainings import Variant
from tests.conftest import randomize


def shrink(image, threshold):
    sparse = scipy.fft.dctn(image, norm="ortho")
    return scipy.fft.idctn(np.sign(sparse) * np.maximum(np.abs(sparse) - threshold, 0), norm="ortho")


def test_amp_alone_is_the_paper_s_equation_2(rng, blocks):
    model = randomize(AMPAlone(cs_ratio=4, stages=3), rng, 0.05)
    thresholds = np.array([0.02, 0.3, 0.01])
    for stage, threshold in zip(model.stages, thresholds, strict=True):
        stage.cnn.height.assign(threshold)
    onsager = [float(stage.onsager) for stage in model.stages[:-1]]
    sensing, start = model.sensing.matrix, model.initialization.kernel.numpy().T
    for block, found in zip(blocks[:3], model(blocks[:3]).numpy(), strict=True):
        y = sensing @ block.ravel()
        x = start @ y
        z = y - sensing @ x
        for k, threshold in enumerate(thresholds):
            x = shrink((x + sensing.T @ z).reshape(33, 33), threshold).ravel()
            if k < 2:
                z = y - sensing @ x + onsager[k] * z
        np.testing.assert_allclose(found.ravel(), x, atol=1e-5)


def test_the_cnn_alone_sees_y_once(rng, blocks):
    model = CNNAlone(cs_ratio=4, stages=2, channels=4)
    expected = model.initialization(model.sense(blocks[:2]))
    for stage in model.stages:
        expected, _ = stage.cnn(expected)
    np.testing.assert_allclose(model(blocks[:2]), expected, atol=1e-6)


@pytest.mark.parametrize(("kind", "frozen"), [(AMPAlone, "cnn"), (CNNAlone, "onsager"), (AMPNet, None)])
def test_what_is_left_of_a_network_trains(kind, frozen, blocks):
    model = kind(cs_ratio=4, stages=2, channels=4)
    names = [variable.path for variable in model.trainable_weights]
    for part in ("cnn", "onsager"):
        assert any(part in name for name in names) is (part != frozen)
    model.compile(optimizer="adam")
    before = model.evaluate(blocks, verbose=0, return_dict=True)["loss"]
    model.fit(blocks, epochs=3, verbose=0)
    assert model.evaluate(blocks, verbose=0, return_dict=True)["loss"] < before


def test_real_normalisation_forgets_its_start_in_a_short_training():
    config, _ = settle({"normalization": "batch", "policy": "float32", "stages": 1, "channels": 4}, 4)
    model = short_trainings.make(config)
    short_trainings.shorten_memory(model)
    normalization = model.stages[0].cnn.threshold.norm
    for _ in range(20):
        normalization(np.full((2, 33, 33, 4), 5, "float32"), training=True)
    np.testing.assert_allclose(normalization.moving_mean, 5 * (1 - 0.9**20), rtol=1e-5)


def test_a_variant_is_trained_once(blocks, tmp_path, monkeypatch):
    def small(variant, _):
        return short_trainings.in_float32(AMPNet(variant.cs_ratio, stages=1))

    photographs = [("one", (blocks[0, ..., 0] * 255).astype("uint8"))]
    monkeypatch.setattr("amp_net.photographs.image_sets.load", lambda *_: photographs)
    monkeypatch.setattr(short_trainings, "train", small)
    variants = [Variant(4, {}, 1), Variant(4, {}, 2), Variant(4, {}, 1)]
    path = tmp_path / "rows.csv"
    short_trainings.complete(variants, path, None)
    rows = [short_trainings.row_of(variant, path) for variant in variants]
    assert [row["steps"] for row in rows] == ["1", "2", "1"]
    assert len(texts.read_csv(path)) == 2

    def never(*_):
        raise AssertionError("it is there")

    monkeypatch.setattr(short_trainings, "train", never)
    monkeypatch.setattr("amp_net.photographs.image_sets.load", never)
    short_trainings.complete(variants, path, None)
    assert [short_trainings.row_of(variant, path) for variant in variants] == rows


@pytest.mark.parametrize("network", hyperparameters.NETWORKS)
def test_every_comparison_has_the_recipe_once(network):
    recipe, networks = Variant(25, hyperparameters.NETWORKS[network], hyperparameters.STEPS), []
    for group, cases in hyperparameters.variants(network).items():
        assert list(cases.values()).count(recipe) == 1, group
        for variant in cases.values():
            config, extra = settle(variant.changes, 25)
            # Many differ in their training alone.
            if config.model not in networks:
                networks.append(config.model)
            assert extra == settle({}, 25)[1]
    for fields in networks:
        AMPNet(**fields)


@pytest.mark.parametrize(("study", "name"), [(ablation, "ablation"), (hyperparameters, "hyperparameters")])
def test_pages_show_the_measured_rows(study, name):
    text = (RESULTS / "paper" / f"{name}.md").read_text(encoding="utf-8")
    assert text.endswith(study.page(study.measured()))
