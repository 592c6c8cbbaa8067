"""Between the arrays that people have and the rows (events x values, float64) that the library takes."""

import numpy as np

from .errors import Error


def to_rows(values, size, ports=None, keep_floats=False):
    """``values``: an array whose first axis counts events and whose other axes are flattened; or, for several inputs, a dict by input
    name or a sequence in input order. ``size``: values of one event. Returns a C-contiguous float64 array (events, size); float32 where it was that and ``keep_floats``."""
    if isinstance(values, dict):
        if ports is None:
            raise Error("a dict of inputs needs a network that names them; give one array")
        names = [port.name for port in ports]
        if sorted(values) != sorted(names):
            raise Error(f"inputs {sorted(values)} were given, the network has {names}")
        values = [values[name] for name in names]
    if isinstance(values, (list, tuple)) and ports is not None and len(ports) > 1:
        parts = [to_rows(part, int(np.prod(port.shape, dtype=int))) for part, port in zip(values, ports)]
        if len(values) != len(ports) or len({len(part) for part in parts}) != 1:
            raise Error(f"{len(values)} arrays were given for {len(ports)} inputs, or their numbers of events differ")
        return np.ascontiguousarray(np.concatenate(parts, axis=1))
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "buif":
            raise TypeError(f"its dtype is {array.dtype}")
        if array.dtype != np.float32 or not keep_floats:  # the driver takes float32 as it is
            array = np.asarray(array, dtype=np.float64)
        array = np.ascontiguousarray(array)
    except (TypeError, ValueError) as cause:
        raise Error(f"the events are no array of real numbers: {cause}") from None
    per_event = int(np.prod(array.shape[1:], dtype=int)) if array.ndim > 0 else 0
    if array.ndim == 0 or per_event != size:
        raise Error(f"an array of shape {array.shape}, where (events, {size}) is wanted", remedy="the first axis counts events")
    return array.reshape(array.shape[0], size)


def from_rows(rows, ports):
    """One array of shape (events, output shape...), or a dict of them by output name where there are several."""
    outputs, begin = {}, 0
    for port in ports:
        end = begin + int(np.prod(port.shape, dtype=int))
        outputs[port.name] = rows[:, begin:end].reshape(len(rows), *port.shape)
        begin = end
    return outputs if len(ports) > 1 else next(iter(outputs.values()))
