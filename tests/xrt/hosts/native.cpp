// A host program as XRT's documentation writes it: native C++, nothing of Gatewright's.
// usage: native XCLBIN KERNEL INPUT OUTPUT INPUT_BYTES OUTPUT_BYTES   (bytes of an event)
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

int main(int, char** argv) {
    std::ifstream file(argv[3], std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    const unsigned events = input.size() / std::atoi(argv[5]);
    std::string output(events * std::atoi(argv[6]), '\0');

    auto device = xrt::device(0);
    auto uuid = device.load_xclbin(argv[1]);
    auto kernel = xrt::kernel(device, uuid, argv[2]);
    auto in = xrt::bo(device, input.size(), kernel.group_id(0));
    auto out = xrt::bo(device, output.size(), kernel.group_id(1));
    in.write(input.data());
    in.sync(XCL_BO_SYNC_BO_TO_DEVICE);
    auto run = kernel(in, out, events);
    run.wait();
    out.sync(XCL_BO_SYNC_BO_FROM_DEVICE);
    out.read(output.data());
    std::ofstream(argv[4], std::ios::binary) << output;
}
