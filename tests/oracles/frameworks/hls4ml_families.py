"""Random models for hls4ml, and random configurations of them. A family: draw -> (Keras model, settings).

No layer is named i, n, p, u or t: hls4ml 1.3 takes these names for used (it means 'input'), and appends _0."""
import keras
import numpy as np
from keras import layers as L

ROUNDINGS = ["TRN", "TRN", "RND", "RND_CONV", "RND_ZERO", "RND_INF", "RND_MIN_INF", "TRN_ZERO"]
OVERFLOWS = ["WRAP", "WRAP", "SAT", "SAT_SYM", "SAT_ZERO"]


def type_text(draw, width=(6, 18), integer=(1, 7), modes=True, signed=True):
    w = draw.int(*width)
    i = min(draw.int(*integer), w)
    kind = "fixed" if signed or draw.flag(0.7) else "ufixed"
    text = f"{kind}<{w},{i}"
    if modes and draw.flag(0.4):
        text += f",{draw.pick(*ROUNDINGS)},{draw.pick(*OVERFLOWS)}"
    return text + ">"


def random_weights(model, draw):
    """Spread out, and away from zero variances."""
    for layer in model._flatten_layers():
        for variable in layer.weights:
            name, shape = variable.name, variable.shape
            if "seed" in name:
                continue
            values = draw.rng.normal(0, 1.0 / max(1.0, np.sqrt(np.prod(shape[:-1]) if len(shape) > 1 else 1)), shape)
            if "variance" in name:
                values = draw.rng.uniform(0.25, 4, shape)
            elif "gamma" in name:
                values = draw.rng.uniform(0.3, 2, shape)
            elif "bias" in name or "beta" in name or "mean" in name:
                values = draw.rng.normal(0, 0.5, shape)
            variable.assign(values.astype("float32"))


def configuration(model, draw, settings):
    import hls4ml

    style = settings.get("style") or draw.pick("model", "name", "mixed")
    default = settings.get("default") or draw.pick("fixed<16,6>", "fixed<16,6>", type_text(draw, (10, 20), (4, 8), False))
    if style == "model":
        config = {"Model": {"Precision": {"default": default}, "ReuseFactor": 1, "Strategy": "Latency"}}
    else:
        config = hls4ml.utils.config_from_keras_model(model, granularity="name", default_precision=default, backend="Vitis")
        config = plain(config)
        config["Model"].setdefault("Strategy", "Latency")
        if style == "mixed":
            for entry in config["LayerName"].values():
                randomise(entry, draw)
    for name, entry in settings.get("layers", {}).items():
        own = config.setdefault("LayerName", {}).setdefault(name, {})
        for key, value in entry.items():
            if isinstance(value, dict):
                own.setdefault(key, {}).update(value)
            else:
                own[key] = value
    return config


def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (np.integer, np.floating)):
        return value.item()
    return value if isinstance(value, (int, float, bool, str, type(None))) else str(value)


def randomise(entry, draw):
    """Some of the `auto` types of a layer become explicit."""
    precision = entry.get("Precision")
    if not isinstance(precision, dict):
        return
    for variable in precision:
        if variable in ("result", "weight", "bias", "scale", "accum") and draw.flag(0.5):
            wide = (12, 24) if variable in ("accum", "result") else (5, 16)
            precision[variable] = type_text(draw, wide, (2, 9) if variable in ("accum", "result") else (1, 5),
                                            modes=variable != "accum" or draw.flag(0.5))
    if draw.flag(0.2) and "table_size" in entry:
        entry["TableSize"] = draw.pick(256, 512, 2048)


def inputs(shape):
    return keras.Input(shape, name="x")


def model_of(x, y):
    return keras.Model(x, y)


def dense(draw):
    x = y = inputs((draw.int(2, 12),))
    for k in range(draw.int(1, 3)):
        y = L.Dense(draw.int(1, 12), use_bias=draw.flag(0.8), activation=draw.pick(None, "relu", "relu", "linear"), name=f"d{k}")(y)
    return model_of(x, y), {"layers": {"d0": {"Strategy": "Resource", "ReuseFactor": 2}} if draw.flag(0.2) else {}}


def dense_norm(draw):
    x = y = inputs((draw.int(2, 10),))
    if draw.flag(0.3):
        y = L.BatchNormalization(name="first")(y)
    for k in range(draw.int(1, 2)):
        y = L.Dense(draw.int(2, 10), name=f"d{k}")(y)
        if draw.flag(0.7):
            y = L.BatchNormalization(name=f"n{k}")(y)
        y = L.Activation(draw.pick("relu", "linear", "relu"), name=f"a{k}")(y) if draw.flag(0.8) else y
        if draw.flag(0.2):
            y = L.Dropout(0.1, name=f"o{k}")(y)
    return model_of(x, L.Dense(draw.int(1, 4), name="end")(y)), {}


def of_activation(make):
    def family(draw):
        x = y = inputs((draw.int(1, 12),))
        if draw.flag(0.7):
            y = L.Dense(draw.int(2, 12), name="d")(y)
        return model_of(x, make(draw, y)), {}
    return family


def activation(*names):
    return of_activation(lambda draw, y: L.Activation(draw.pick(*names), name="act")(y))


def softmax(implementation):
    def family(draw):
        x = y = inputs((draw.int(2, 10),))
        if draw.flag(0.8):
            y = L.Dense(draw.int(2, 8), name="d")(y)
        y = L.Softmax(name="soft")(y) if draw.flag() else L.Activation("softmax", name="soft")(y)
        entry = {"Implementation": implementation}
        if draw.flag(0.3):
            entry["TableSize"] = draw.pick(256, 512, 2048)
        return model_of(x, y), {"layers": {"soft": entry}, "style": draw.pick("name", "mixed", "model")}
    return family


def conv1d(draw):
    x = y = inputs((draw.int(5, 12), draw.int(1, 4)))
    for k in range(draw.int(1, 2)):
        padding = draw.pick("valid", "same")
        y = L.Conv1D(draw.int(1, 5), draw.int(1, 3), strides=draw.int(1, 2), padding=padding, use_bias=draw.flag(0.8),
                     activation=draw.pick(None, "relu"), name=f"c{k}")(y)
        if draw.flag(0.4):
            y = L.BatchNormalization(name=f"n{k}")(y)
    return ended(draw, x, y)


def conv2d(draw):
    x = y = inputs((draw.int(5, 8), draw.int(5, 8), draw.int(1, 3)))
    for k in range(draw.int(1, 2)):
        padding = draw.pick("valid", "same")
        y = L.Conv2D(draw.int(1, 4), draw.pick(1, 2, 3, (3, 2)), strides=draw.int(1, 2), padding=padding, use_bias=draw.flag(0.8),
                     activation=draw.pick(None, "relu"), name=f"c{k}")(y)
        if draw.flag(0.4):
            y = L.BatchNormalization(name=f"n{k}")(y)
    return ended(draw, x, y)


def ended(draw, x, y):
    if draw.flag(0.6):
        y = L.Flatten(name="flat")(y)
        y = L.Dense(draw.int(1, 4), name="end")(y)
    return model_of(x, y), {}


def depthwise(draw):
    if draw.flag():
        x = inputs((draw.int(5, 10), draw.int(1, 4)))
        y = L.DepthwiseConv1D(draw.int(1, 3), padding=draw.pick("valid", "same"), depth_multiplier=1, name="c")(x)
    else:
        x = inputs((draw.int(5, 7), draw.int(5, 7), draw.int(1, 3)))
        y = L.DepthwiseConv2D(draw.int(1, 3), padding=draw.pick("valid", "same"), depth_multiplier=1, name="c")(x)
    return ended(draw, x, L.ReLU(name="r")(y) if draw.flag() else y)


def pool1d(draw):
    x = y = inputs((draw.int(4, 11), draw.int(1, 4)))
    kind = draw.pick(L.MaxPooling1D, L.AveragePooling1D)
    size = draw.int(2, 3)
    y = kind(size, strides=draw.pick(None, None, 1, 2), padding=draw.pick("valid", "valid", "same"), name="pool")(y)
    return pooled(draw, x, y)


def pool2d(draw):
    x = y = inputs((draw.int(4, 7), draw.int(4, 7), draw.int(1, 3)))
    kind = draw.pick(L.MaxPooling2D, L.AveragePooling2D)
    y = kind(draw.pick(2, 3, (2, 3)), strides=draw.pick(None, None, 1, 2), padding=draw.pick("valid", "valid", "same"), name="pool")(y)
    return pooled(draw, x, y)


def pooled(draw, x, y):
    """hls4ml's streams have neither overlapping windows nor padding."""
    layer = y._keras_history.operation
    model, settings = ended(draw, x, y)
    if layer.pool_size != layer.strides or layer.padding == "same":
        settings["io_type"] = "io_parallel"
    return model, settings


def global_pool(draw):
    one = draw.flag()
    x = inputs((draw.int(3, 9), draw.int(1, 4)) if one else (draw.int(3, 5), draw.int(3, 5), draw.int(1, 3)))
    kinds = [L.GlobalMaxPooling1D, L.GlobalAveragePooling1D] if one else [L.GlobalMaxPooling2D, L.GlobalAveragePooling2D]
    y = draw.pick(*kinds)(name="g")(x)
    return model_of(x, L.Dense(2, name="end")(y) if draw.flag() else y), {}


def merge(draw):
    n = draw.int(2, 8)
    x = inputs((n,))
    a, b = L.Dense(n, name="a")(x), L.Dense(n, name="b", activation=draw.pick(None, "relu"))(x)
    kind = draw.pick(L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Concatenate)
    y = kind(name="m")([a, b])
    return model_of(x, L.Dense(2, name="end")(y) if draw.flag() else y), {}


def merge_images(draw):
    x = inputs((draw.int(4, 6), draw.int(4, 6), draw.int(1, 2)))
    a, b = L.Conv2D(2, 1, name="a")(x), L.Conv2D(2, 3, padding="same", name="b")(x)
    kind = draw.pick(L.Add, L.Multiply, L.Average, L.Maximum, L.Concatenate)
    return ended(draw, x, kind(name="m")([a, b]))


def dot(draw):
    n = draw.int(2, 6)
    x = inputs((n,))
    y = L.Dot(axes=1, name="m")([L.Dense(n, name="a")(x), L.Dense(n, name="b")(x)])
    return model_of(x, y), {"io_type": "io_parallel", "style": "model"}  # `auto` fails in hls4ml itself


def moving(draw):
    kind = draw.pick("reshape", "permute", "pad1", "pad2", "up1", "up2")
    if kind in ("pad2", "up2"):
        x = inputs((draw.int(2, 4), draw.int(2, 4), draw.int(1, 3)))
    else:
        x = inputs((4, draw.int(1, 3)))
    y = {"reshape": lambda: L.Reshape((-1, 2), name="m"), "permute": lambda: L.Permute((2, 1), name="m"),
         "pad1": lambda: L.ZeroPadding1D((draw.int(0, 2), draw.int(0, 2)), name="m"),
         "pad2": lambda: L.ZeroPadding2D(((draw.int(0, 2), draw.int(0, 2)), (draw.int(0, 2), draw.int(0, 2))), name="m"),
         "up1": lambda: L.UpSampling1D(2, name="m"), "up2": lambda: L.UpSampling2D((2, 3), name="m")}[kind]()(x)
    return ended(draw, x, y)


def dense_over(draw):
    shape = (draw.int(2, 5), draw.int(2, 4)) if draw.flag(0.7) else (draw.int(2, 3), draw.int(2, 3), draw.int(2, 4))
    x = inputs(shape)
    return ended(draw, x, L.Dense(draw.int(1, 5), activation=draw.pick(None, "relu"), name="d")(x))


def recurrent(kind, **options):
    """No SimpleRNN: hls4ml takes it for Vitis, but generates no code for it."""
    def family(draw):
        x = inputs((draw.int(2, 5), draw.int(1, 4)))
        own = dict(options)
        own["recurrent_activation"] = draw.pick("sigmoid", "sigmoid", "tanh")
        y = kind(draw.int(1, 5), return_sequences=draw.flag(0.4), activation=draw.pick("tanh", "tanh", "relu"), name="r", **own)(x)
        return model_of(x, y), {"style": draw.pick("model", "name", "mixed")}
    return family


def bidirectional(draw):
    """No GRU: hls4ml 1.3 takes its two biases for one, and fails."""
    x = inputs((draw.int(2, 4), draw.int(1, 3)))
    cell = L.LSTM(draw.int(1, 4), return_sequences=draw.flag(), recurrent_activation=draw.pick("sigmoid", "tanh"), use_bias=draw.flag(0.8), name="r")
    return model_of(x, L.Bidirectional(cell, name="b")(x)), {"io_type": "io_parallel"}


def layer_norm(draw):
    """axis=2 is what hls4ml asks for; -1 it refuses."""
    x = inputs((draw.int(1, 4), draw.int(2, 6)))
    y = L.LayerNormalization(axis=2, epsilon=draw.pick(1e-3, 1e-5, 2e-2), name="m")(x)
    return model_of(x, y), {"io_type": "io_parallel"}


def einsum_dense(draw):
    equation, shape, output, bias = draw.pick(
        ("abc,cd->abd", (3, 4), (3, 5), "d"), ("abc,cd->abd", (2, 3), (2, 2), "bd"), ("ab,bc->ac", (5,), 3, "c"),
        ("abc,bcd->abd", (3, 2), (3, 4), "d"), ("abc,bd->acd", (3, 2), (2, 4), None), ("abcd,cde->abe", (2, 2, 3), (2, 4), "e"),
        ("abc,cb->ab", (3, 4), (3,), None), ("abcd,edc->abe", (2, 3, 2), (2, 3), "e"))
    x = inputs(shape)
    return model_of(x, L.EinsumDense(equation, output_shape=output, bias_axes=bias, name="m")(x)), {"io_type": "io_parallel"}


def embedding(draw):
    entries = draw.int(3, 12)
    x = inputs((draw.int(2, 4),))
    y = L.Embedding(entries, draw.int(1, 4), name="e")(x)
    return ended(draw, x, y)[0], {"indices": entries, "style": draw.pick("name", "model"), "default": "fixed<16,6>"}


def several(draw):
    a, b = keras.Input((draw.int(2, 5),), name="a"), keras.Input((draw.int(2, 5),), name="b")
    n = draw.int(2, 5)
    p, q = L.Dense(n, activation="relu", name="pp")(a), L.Dense(n, name="qq")(b)
    y = L.Add(name="s")([p, q])
    return keras.Model([a, b], [L.Dense(2, name="y")(y), L.Dense(1, name="z")(y)]), {"io_type": "io_parallel"}


FAMILIES = {
    "Dense": dense,
    "DenseNorm": dense_norm,
    "Sigmoid": activation("sigmoid"),
    "Tanh": activation("tanh"),
    "Soft": activation("softplus", "softsign"),
    "Hard": activation("hard_sigmoid"),
    "Elu": of_activation(lambda draw, y: L.ELU(draw.pick(1.0, 0.5, 0.3), name="act")(y)),
    "Selu": activation("selu"),
    "LeakyReLU": of_activation(lambda draw, y: L.LeakyReLU(negative_slope=draw.pick(0.3, 0.25, 0.1), name="act")(y)),
    "ReLU": of_activation(lambda draw, y: L.ReLU(name="act", threshold=draw.pick(0.0, 0.5, 1.25))(y)),
    "Relu6": activation("relu6", "relu"),
    "SoftmaxStable": softmax("stable"),
    "SoftmaxLatency": softmax("latency"),
    "SoftmaxArgmax": softmax("argmax"),
    "SoftmaxLegacy": softmax("legacy"),
    "Conv1D": conv1d,
    "Conv2D": conv2d,
    "Depthwise": depthwise,
    "Pool1D": pool1d,
    "Pool2D": pool2d,
    "GlobalPool": global_pool,
    "Merge": merge,
    "MergeImages": merge_images,
    "Dot": dot,
    "Moving": moving,
    "DenseOver": dense_over,
    "LSTM": recurrent(L.LSTM),
    "GRU": recurrent(L.GRU),
    "Embedding": embedding,
    "Several": several,
    "Bidirectional": bidirectional,
    "LayerNorm": layer_norm,
    "EinsumDense": einsum_dense,
}
