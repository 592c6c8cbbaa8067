// A host program that keeps four runs of one kernel under way, as XRT's pipelined execution model allows.
// usage: queue XCLBIN KERNEL INPUT OUTPUT INPUT_BYTES OUTPUT_BYTES   (bytes of an event)
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

int main(int, char** argv) {
    std::ifstream file(argv[3], std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    const std::size_t in_bytes = std::atoi(argv[5]), out_bytes = std::atoi(argv[6]);
    const std::size_t events = input.size() / in_bytes, batch = 512, under_way = 4;
    std::string output(events * out_bytes, '\0');

    auto device = xrt::device(0);
    auto kernel = xrt::kernel(device, device.load_xclbin(argv[1]), argv[2]);
    std::vector<xrt::bo> ins, outs;
    for (std::size_t k = 0; k < under_way; ++k) {
        ins.emplace_back(device, batch * in_bytes, kernel.group_id(0));
        outs.emplace_back(device, batch * out_bytes, kernel.group_id(1));
    }
    for (std::size_t first = 0; first < events; first += batch * under_way) {
        std::vector<xrt::run> runs;
        const auto size = [&](std::size_t k) {
            const std::size_t at = first + k * batch;
            return at < events ? std::min(batch, events - at) : 0;
        };
        for (std::size_t k = 0; k < under_way && size(k) > 0; ++k) {
            ins[k].write(input.data() + (first + k * batch) * in_bytes, size(k) * in_bytes, 0);
            ins[k].sync(XCL_BO_SYNC_BO_TO_DEVICE);
            runs.push_back(kernel(ins[k], outs[k], static_cast<unsigned>(size(k))));
        }
        for (std::size_t k = 0; k < runs.size(); ++k) {
            runs[k].wait();
            outs[k].sync(XCL_BO_SYNC_BO_FROM_DEVICE);
            outs[k].read(&output[(first + k * batch) * out_bytes], size(k) * out_bytes, 0);
        }
    }
    std::ofstream(argv[4], std::ios::binary) << output;
}
