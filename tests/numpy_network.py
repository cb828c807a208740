"""The paper's equations in NumPy, float64, written from the paper and not from the layers."""

import numpy as np


def relu(x):
    return np.maximum(x, 0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def conv3x3(x, kernel):
    """Zero-padded cross-correlation, one tap at a time."""
    height, width = x.shape[1:3]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    out = 0.0
    for row in range(3):
        for column in range(3):
            out = out + padded[:, row : row + height, column : column + width] @ kernel[row, column]
    return out


def values(layer):
    """A layer's variables by the end of their path, as float64."""
    start = len(layer.path) + 1
    return {v.path[start:]: np.asarray(v, "float64") for v in layer.variables}


def transform(u, w):
    hidden = relu(conv3x3(u, w["first/kernel"]) * w["first/norm/scale"] + w["first/norm/shift"])
    return conv3x3(hidden, w["second/kernel"])


def part(w, prefix):
    return {key[len(prefix) + 1 :]: value for key, value in w.items() if key.startswith(prefix + "/")}


def spatial_attention(t, w):
    pooled = np.stack([t.mean(-1), t.max(-1)], -1)
    return t * sigmoid(conv3x3(pooled, w["kernel"]) + w["bias"])


def channel_attention(t, w):
    total = 0.0
    for name, pooled in (("mean", t.mean((1, 2))), ("max", t.max((1, 2)))):
        norm = part(w, f"{name}_normalization")
        total = total + relu(pooled @ w["squeeze"] * norm["scale"] + norm["shift"]) @ w["expand"]
    return t * sigmoid(total)[:, None, None, :]


def of_each_block(function, image, side):
    """What a function makes of every block of images by itself."""
    out = np.empty_like(image)
    for row in range(0, image.shape[1], side):
        for column in range(0, image.shape[2], side):
            place = np.s_[:, row : row + side, column : column + side]
            out[place] = function(image[place])
    return out


def balanced_cnn(r, w, side=None):
    """Eq. 3; returns X, and Dᵀ D u − u. With `side` r is an image of blocks, which a_c weights one by one."""
    u = conv3x3(r, w["first/kernel"])
    d = transform(u, part(w, "transform"))
    eta = relu(d * w["threshold/norm/scale"] + w["threshold/norm/shift"])
    t = transform(eta, part(w, "transposed"))
    if "spatial_attention/kernel" in w:
        t = spatial_attention(t, part(w, "spatial_attention"))
    if "channel_attention/squeeze" in w:
        t = of_each_block(
            lambda block: channel_attention(block, part(w, "channel_attention")), t, side or t.shape[1]
        )
    return r + conv3x3(t, w["last/kernel"]), transform(d, part(w, "transposed")) - u


def stage(x, z, y, phi, w, paper_residual=False):
    """One iteration of Algorithm 2, phi of shape (m, n)."""
    shape = x.shape
    r = (z @ phi).reshape(shape) + x
    new_x, symmetry = balanced_cnn(r, part(w, "cnn"))
    if "onsager" not in w:
        return new_x, None, symmetry
    explained = x if paper_residual else new_x
    new_z = y - explained.reshape(len(x), -1) @ phi.T + w["onsager"] * z
    return new_x, new_z, symmetry


def network(blocks, model):
    """Algorithm 3 with the authors' initialisation attention: X(N), and the residuals of Eq. 6."""
    phi = np.asarray(model.sensing.matrix, "float64")
    w = values(model.initialization)
    y = blocks.reshape(len(blocks), -1).astype("float64") @ phi.T
    x = y @ w["kernel"]
    if "attention/kernel" in w:
        x = x * softmax(relu(y) @ w["attention/kernel"])
    z = y - x @ phi.T
    x = x.reshape(blocks.shape)
    residuals = []
    for layer in model.stages:
        x, z, symmetry = stage(x, z, y, phi, values(layer))
        residuals.append(symmetry)
    return x, residuals


def image_network(image, model):
    """The same on an image `(height, width)` of whole blocks, which the CNNs see as a whole: X(N)."""
    side, phi = model.block_size, np.asarray(model.sensing.matrix, "float64")
    rows, columns = (length // side for length in image.shape)

    def cut(image):
        return np.stack(
            [part for strip in np.split(image, rows) for part in np.split(strip, columns, axis=1)]
        )

    def joined(blocks):
        strips = blocks.reshape(rows, columns, side, side)
        return np.block([[strips[row, column] for column in range(columns)] for row in range(rows)])

    y = cut(image).reshape(rows * columns, -1).astype("float64") @ phi.T
    w = values(model.initialization)
    x = y @ w["kernel"]
    if "attention/kernel" in w:
        x = x * softmax(relu(y) @ w["attention/kernel"])
    z = y - x @ phi.T
    for layer in model.stages:
        w = values(layer)
        refined = joined(z @ phi + x)
        restored = balanced_cnn(refined[None, ..., None], part(w, "cnn"), side)[0][0, ..., 0]
        x = cut(restored).reshape(rows * columns, -1)
        z = y - x @ phi.T + w.get("onsager", 0) * z
    return restored


def charbonnier(e, epsilon=1e-3):
    return np.mean(np.sqrt(e**2 + epsilon**2))
