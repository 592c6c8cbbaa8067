"""Bytes through the AXI DMA of PYNQ 4's overlay. usage: pynq4_dma.py BIT INPUT OUTPUT OUTPUT_BYTES   (PYNQ_REMOTE_DEVICES names the server)"""
import sys

import numpy as np
from pynq import Overlay, allocate

bit, source, target, size = sys.argv[1:5]
dma = Overlay(bit).hier_0.axi_dma_0
data = np.fromfile(source, np.uint8)
send, receive = allocate(data.shape, np.uint8), allocate((int(size),), np.uint8)
send[:] = data
dma.recvchannel.transfer(receive)
dma.sendchannel.transfer(send)
dma.sendchannel.wait()
dma.recvchannel.wait()
np.array(receive).tofile(target)
