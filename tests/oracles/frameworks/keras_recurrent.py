"""Families of recurrent layers."""
import keras
from keras import layers

KERAS3 = keras.__version__.startswith("3")
FAMILIES = {}
CELLS = ("SimpleRNN", "LSTM", "GRU")


def options(draw, name):
    chosen = {"activation": draw.pick("tanh", "tanh", "relu"), "use_bias": draw.flag(0.8), "return_sequences": draw.flag(),
              "go_backwards": draw.flag(0.3), "unroll": draw.flag(0.2)}
    if name != "SimpleRNN":
        chosen["recurrent_activation"] = draw.pick("sigmoid", "sigmoid", "hard_sigmoid")
    if name == "GRU":
        chosen["reset_after"] = draw.flag()
    return chosen


def recurrent(name):
    def maker(draw):
        x = inputs = keras.Input((draw.int(2, 6), draw.int(1, 4)))
        units = draw.int(2, 5)
        all_inputs, states = [inputs], None
        if draw.flag(0.3):  # initial states from other layers
            count = 2 if name == "LSTM" else 1
            side = keras.Input((3,))
            all_inputs.append(side)
            states = [layers.Dense(units, activation="tanh")(side) for _ in range(count)]
        chosen = options(draw, name)
        result = getattr(layers, name)(units, return_state=draw.flag(0.4), **chosen)(x, initial_state=states)
        result = list(result) if isinstance(result, (list, tuple)) else [result]
        if draw.flag(0.3):
            result[0] = layers.Dense(2)(result[0])
        return keras.Model(all_inputs if len(all_inputs) > 1 else inputs, result if len(result) > 1 else result[0]), {}
    FAMILIES[name] = maker


def stacked(draw):
    """Two recurrent layers, the second from the first's states (an encoder and a decoder)."""
    name, units = draw.pick("LSTM", "GRU"), draw.int(2, 4)
    source, target = keras.Input((draw.int(2, 5), 2)), keras.Input((draw.int(2, 5), 3))
    _, *states = getattr(layers, name)(units, return_state=True)(source)
    decoded = getattr(layers, name)(units, return_sequences=True)(target, initial_state=states)
    return keras.Model([source, target], layers.TimeDistributed(layers.Dense(2))(decoded)), {}


def bidirectional(draw):
    name = draw.pick(*CELLS)
    inputs = keras.Input((draw.int(2, 6), draw.int(1, 4)))
    chosen = dict(options(draw, name), go_backwards=False)
    merge = draw.pick("sum", "mul", "concat", "ave", None)
    backward = None
    if draw.flag(0.2):
        backward = getattr(layers, name)(draw.int(2, 3), **dict(chosen, go_backwards=True))
        merge = "concat"
    result = layers.Bidirectional(getattr(layers, name)(draw.int(2, 4), **chosen), merge_mode=merge, backward_layer=backward)(inputs)
    return keras.Model(inputs, result), {}


for cell in CELLS:
    recurrent(cell)
FAMILIES["EncoderDecoder"] = stacked
FAMILIES["Bidirectional"] = bidirectional
