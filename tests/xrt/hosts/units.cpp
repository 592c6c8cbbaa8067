// Two cards and two compute units on each, driven by a thread each; 64 MiB buffers beside; what comes back is compared
// here. usage: units XCLBIN KERNEL INPUT EXPECTED INPUT_BYTES OUTPUT_BYTES
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

static std::string contents(const char* name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

int main(int, char** argv) {
    const std::string input = contents(argv[3]), expected = contents(argv[4]), name = argv[2];
    const unsigned events = input.size() / std::atoi(argv[5]);
    std::vector<xrt::device> devices;
    std::vector<xrt::uuid> uuids;
    for (unsigned k = 0; k < 2; k++) {
        devices.emplace_back(k);
        uuids.push_back(devices.back().load_xclbin(argv[1]));
    }
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (unsigned k = 0; k < 4; k++)
        threads.emplace_back([&, k] {
            auto& device = devices[k / 2];
            xrt::kernel kernel(device, uuids[k / 2], name + ":{" + name + "_" + std::to_string(1 + k % 2) + "}");
            xrt::bo in(device, input.size(), kernel.group_id(0)), out(device, expected.size(), kernel.group_id(1));
            for (int repeat = 0; repeat < 5; repeat++) {
                in.write(input.data());
                in.sync(XCL_BO_SYNC_BO_TO_DEVICE);
                kernel(in, out, events).wait();
                out.sync(XCL_BO_SYNC_BO_FROM_DEVICE);
                std::string output(expected.size(), '\0');
                out.read(&output[0]);
                good += output == expected;
            }
        });
    for (auto& thread : threads)
        thread.join();
    xrt::kernel kernel(devices[0], uuids[0], name);
    constexpr std::size_t large = std::size_t{64} << 20;
    xrt::bo whole(devices[0], large, kernel.group_id(0));
    std::string pattern(large, '\0'), back(large, '\0');
    for (std::size_t i = 0; i < large; i++)
        pattern[i] = char(i * 2654435761u >> 13);
    whole.write(pattern.data());
    whole.sync(XCL_BO_SYNC_BO_TO_DEVICE);
    std::string nothing(large, '\0');
    whole.write(nothing.data());
    whole.sync(XCL_BO_SYNC_BO_FROM_DEVICE);
    whole.read(&back[0]);
    std::cout << good << " of 20 runs right, 64 MiB " << (back == pattern ? "right" : "wrong") << "\n";
    return good == 20 && back == pattern ? 0 : 1;
}
