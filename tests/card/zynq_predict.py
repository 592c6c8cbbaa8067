"""A Zynq folder's driver.py on one file of events. usage: zynq_predict.py DRIVER BIT INPUT.npy OUTPUT.npy   (by python -m gatewright.zynq)"""
import importlib.util
import sys

import numpy as np

driver, bit, source, target = sys.argv[1:5]
spec = importlib.util.spec_from_file_location("driver", driver)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
x = np.load(source)
np.save(target, module.NeuralNetworkOverlay(bit, x_shape=x.shape, time_limit=120).predict(x))
