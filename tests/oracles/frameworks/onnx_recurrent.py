"""ONNX families LSTM, GRU and RNN, with the transpositions and squeezes exporters put round them."""
FAMILIES = {}
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def options(d, operator, directions):
    chosen = {"direction": "bidirectional"} if directions == 2 else d.pick({}, {}, {"direction": "reverse"}, {"direction": "forward"})
    if operator == "GRU":
        chosen.update(d.pick({}, {"linear_before_reset": 1}))
    if operator == "LSTM" and d.flag(0.15):
        chosen["input_forget"] = 1
    if d.flag(0.25):
        one = {"LSTM": ["HardSigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Relu"], "RNN": ["Relu"]}[operator]
        chosen["activations"] = one * directions
    if d.flag(0.15):
        chosen["clip"] = 3.0
    return chosen


def recurrent(operator):
    def maker(g, d):
        time, size, hidden, directions = d.int(2, 6), d.int(1, 4), d.int(2, 4), d.pick(1, 1, 2)
        gates = GATES[operator]
        x = g.node("Transpose", [g.input((time, size), g.floats)], perm=[1, 0, 2])
        inputs = [x, g.weight(directions, gates * hidden, size, scale=0.5), g.weight(directions, gates * hidden, hidden, scale=0.5)]
        if d.flag(0.8):
            inputs.append(g.weight(directions, 2 * gates * hidden, scale=0.3))
        if d.flag(0.3):  # initial states: inputs of the model, the batch axis second
            inputs += [""] * (5 - len(inputs))
            for _ in range(2 if operator == "LSTM" else 1):
                inputs.append(g.node("Transpose", [g.input((directions, hidden), g.floats)], perm=[1, 0, 2]))
        if operator == "LSTM" and d.flag(0.15):
            inputs += [""] * (7 - len(inputs)) + [g.weight(directions, 3 * hidden, scale=0.3)]  # peepholes
        outputs = g.node(operator, inputs, outputs=3 if operator == "LSTM" else 2, hidden_size=hidden, **options(d, operator, directions))
        sequence = g.node("Transpose", [outputs[0]], perm=[2, 0, 1, 3])  # [batch, time, directions, hidden]
        sequence = g.axes("Squeeze", sequence, [2], 13) if directions == 1 and d.flag() else \
            g.node("Reshape", [sequence, g.indices(0, 0, -1)])
        last = [g.node("Transpose", [o], perm=[1, 0, 2]) for o in outputs[1:]]
        return [sequence, *last] if d.flag() else d.pick(sequence, last[0])
    FAMILIES[operator] = (maker, 9, 21)


for name in GATES:
    recurrent(name)
