"""As a PYNQ notebook has it: Overlay, allocate, call. usage: notebook.py XCLBIN KERNEL INPUT OUTPUT INPUT_BYTES OUTPUT_BYTES"""
import sys

import numpy as np
import pynq

xclbin, name, source, target, input_bytes, output_bytes = sys.argv[1:7]
overlay = pynq.Overlay(xclbin)
kernel = getattr(overlay, name + "_1")
data = np.fromfile(source, np.uint8)
events = len(data) // int(input_bytes)
bank = overlay.HBM0  # that of the first compute unit
x = pynq.allocate(data.shape, np.uint8, target=bank)
y = pynq.allocate((events * int(output_bytes),), np.uint8, target=bank)
x[:] = data
x.sync_to_device()
kernel.call(x, y, events)
y.sync_from_device()
np.array(y).tofile(target)
assert int(kernel.register_map.events) == events, kernel.register_map
x.freebuffer()
y.freebuffer()
