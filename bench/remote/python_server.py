"""A PYNQ.remote server as one writes it in Python in an hour: registers and buffers that remember. usage: python_server.py ADDRESS"""
import sys
import uuid
from concurrent import futures

import buffer_pb2 as b
import buffer_pb2_grpc as bg
import grpc
import mmio_pb2 as m
import mmio_pb2_grpc as mg
import remote_device_pb2 as d
import remote_device_pb2_grpc as dg

FILES = {"/proc/version": b"Linux aarch64\n", "/proc/device-tree/chosen/pynq_board": b"PYTHON\0"}


class Device(dg.RemoteDeviceServicer):
    def existsfile(self, request, context):
        return d.Exists(exists=request.file_path in FILES)

    def readfile(self, request, context):
        yield d.FileData(data=FILES[request.file_path])


class Mmio(mg.MmioServicer):
    def __init__(self):
        self.ranges, self.words = {}, {}

    def get_mmio(self, request, context):
        key = uuid.uuid4().hex
        self.ranges[key] = request.base_addr
        return m.Opened(status=True, mmio_id=key)

    def read(self, request, context):
        return m.ReadResult(status=True, data=self.words.get(self.ranges[request.mmio_id] + request.offset, 0))

    def write(self, request, context):
        self.words[self.ranges[request.mmio_id] + request.offset] = int.from_bytes(request.data, "little")
        return m.WriteResult(status=True)


class Buffer(bg.RemoteBufferServicer):
    def __init__(self):
        self.held = {}

    def allocate(self, request, context):
        key = uuid.uuid4().hex
        self.held[key] = bytearray(request.size)
        return b.Allocated(buffer_id=key)

    def write(self, parts, context):
        at = 0
        for part in parts:
            self.held[part.buffer_id][at:at + len(part.data)] = part.data
            at += len(part.data)
        return b.Result()

    def read(self, request, context):
        data = bytes(self.held[request.buffer_id])
        for at in range(0, len(data), 2 << 20):
            yield b.Data(data=data[at:at + (2 << 20)])

    def flush(self, request, context):
        return b.Result()

    invalidate = flush

    def freebuffer(self, request, context):
        self.held.pop(request.buffer_id)
        return b.Result()


server = grpc.server(futures.ThreadPoolExecutor(8))
dg.add_RemoteDeviceServicer_to_server(Device(), server)
mg.add_MmioServicer_to_server(Mmio(), server)
bg.add_RemoteBufferServicer_to_server(Buffer(), server)
server.add_insecure_port(sys.argv[1] + ":7967")
server.start()
print("ready", flush=True)
server.wait_for_termination()
