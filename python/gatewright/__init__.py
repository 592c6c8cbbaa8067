"""Neural networks on FPGAs, bit for bit: models on the emulator, bundles on simulated cards, by PYNQ's names.

    network = gatewright.load("model.onnx");  network.predict(x)
    overlay = gatewright.Overlay("model.gw");  overlay.predict(x)
"""

from ._native import __version__
from .buffer import Buffer, allocate
from .errors import Error
from .network import Network, build, load, verify
from .overlay import Kernel, Overlay
from .registers import Register, RegisterMap

__all__ = ["Buffer", "Error", "Kernel", "Network", "Overlay", "Register", "RegisterMap", "__version__", "allocate", "build", "load", "verify"]
