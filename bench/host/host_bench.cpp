// What the host costs beside a card. usage: host_bench overhead BUNDLE XCLBIN | host_bench packing
// overhead: the driver's batches and a bare loop of the same XRT calls, in turns; meant for XRT's noop shim, which
// returns at once. packing: float64 and float32 to a card's bytes, and back. One line of JSON.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "device/device.hpp"
#include "device/packing.hpp"
#include "device/xrt_api.hpp"
#include "support/rng.hpp"

namespace {

using namespace gw;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

double since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}
double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

/// A kernel, a pair of buffers and a run, by XRT's calls alone.
class Bare {
  public:
    Bare(const std::string& xclbin, const std::string& kernel, std::size_t in, std::size_t out, unsigned events)
        : in_bytes_(in), out_bytes_(out) {
        const device::XrtApi& call = device::xrt();
        unsigned char uuid[16];
        device_ = call.open(0);
        call.load(device_, xclbin.c_str());
        call.uuid(device_, uuid);
        kernel_ = call.open_kernel(device_, uuid, kernel.c_str());
        const auto group = static_cast<std::uint32_t>(call.group(kernel_, 0));
        input_ = call.allocate(device_, (in + 4095) / 4096 * 4096, 0, group);
        output_ = call.allocate(device_, (out + 4095) / 4096 * 4096, 0, group);
        run_ = call.open_run(kernel_);
        call.set_argument(run_, 0, input_);
        call.set_argument(run_, 1, output_);
        call.set_argument(run_, 2, events);
    }
    ~Bare() {
        const device::XrtApi& call = device::xrt();
        call.close_run(run_);
        call.free(input_);
        call.free(output_);
        call.close_kernel(kernel_);
        call.close(device_);
    }
    Bare(const Bare&) = delete;
    Bare& operator=(const Bare&) = delete;

    void batch() const {
        const device::XrtApi& call = device::xrt();
        call.sync(input_, 0, in_bytes_, 0);
        call.start_run(run_);
        while (!device::run_state::is_end(call.run_state(run_))) {
        }
        call.wait_run(run_);
        call.sync(output_, 1, out_bytes_, 0);
    }

  private:
    std::size_t in_bytes_, out_bytes_;
    void *device_ = nullptr, *kernel_ = nullptr, *input_ = nullptr, *output_ = nullptr, *run_ = nullptr;
};

/// Median seconds of a batch, after `warm` that do not count.
double batch_seconds(std::size_t batches, const std::function<void()>& batch) {
    std::vector<double> times;
    for (std::size_t k = 0; k < batches; ++k) {
        const auto begin = Clock::now();
        batch();
        times.push_back(since(begin));
    }
    return median(std::move(times));
}

Json overhead(const std::string& bundle, const std::string& xclbin) {
    const shell::CardDescription card = shell::read_card(bundle);
    device::DeviceOptions options;
    options.kind = device::Kind::xrt;
    options.xrt = {xclbin, 0, "", device::XrtAccess::shared};
    device::Device device = device::Device::open(bundle, options);
    constexpr std::size_t rounds = 7, batches = 500;
    Json rows = Json::array();
    for (const std::size_t events : {std::size_t{1}, std::size_t{64}, std::size_t{1024}}) {
        const std::size_t in = (events * card.kernel.input.bytes + 63) / 64 * 64,
                          out = events * card.kernel.output.bytes;
        const Bare bare(xclbin, card.kernel.name, in, out, static_cast<unsigned>(events));
        const std::vector<double> values(events * device.input_size(), 0.5);
        const device::CardBuffer lies = device.allocate(in);
        std::vector<std::byte> packed(events * card.kernel.input.bytes);
        std::vector<device::Future> under_way;
        const std::vector<std::pair<std::string, std::function<void()>>> ways{
            {"bare", [&] { bare.batch(); }},
            {"in_place", [&] { device.submit_in_place(lies, 0, events).wait(); }},
            {"packed", [&] { device.submit_packed(packed).wait(); }},
            {"float64", [&] { device.submit(values).wait(); }},
            {"predict", [&] { device.predict(values); }},
            {"two_under_way", [&] {
                 under_way.push_back(device.submit_in_place(lies, 0, events));
                 if (under_way.size() == 2) {
                     under_way.front().wait();
                     under_way.erase(under_way.begin());
                 }
             }}};
        std::map<std::string, std::vector<double>> times;
        for (std::size_t round = 0; round < rounds; ++round)
            for (const auto& [name, batch] : ways) {
                times[name].push_back(batch_seconds(batches, batch));
                under_way.clear();
            }
        Json row{{"events", events}, {"input_bytes", in}, {"output_bytes", out}};
        for (const auto& [name, batch] : ways)
            row[name + "_us"] = {{"median", 1e6 * median(times[name])}, {"rounds", times[name]}};
        rows.push_back(row);
    }
    return {{"batches_a_round", batches}, {"rounds", rounds}, {"rows", rows}};
}

struct Case {
    const char* name;
    std::size_t elements;
    std::function<fixed::FixedType(std::size_t)> type;
};

Json packing_row(const Case& which, fixed::Rounding rounding, fixed::Overflow overflow) {
    std::vector<rtl::Field> fields;
    for (std::size_t i = 0; i < which.elements; ++i) {
        fixed::FixedType type = which.type(i);
        type.rounding = rounding;
        type.overflow = overflow;
        fields.push_back({"x", type, 0});
    }
    const shell::EventLayout layout = shell::layout_of(fields);
    const device::Packer packer(layout);
    constexpr std::size_t events = 16'384;
    support::Random random(1);
    std::vector<double> values(events * which.elements), back(values.size());
    for (double& value : values)
        value = (random.uniform() * 2 - 1) * 12;
    const std::vector<float> floats(values.begin(), values.end());
    std::vector<std::byte> bytes(events * layout.bytes);
    const auto rate = [&](std::size_t moved, const auto& action) {
        return static_cast<double>(moved) / batch_seconds(25, action) / 1e9;
    };
    std::size_t payload = 0;
    for (const shell::Element& element : layout.elements)
        payload += events * element.bytes;
    const double pack = rate(values.size() * 8, [&] { packer.pack(std::span<const double>(values), bytes); });
    const double pack_floats = rate(values.size() * 4, [&] { packer.pack(std::span<const float>(floats), bytes); });
    const double unpack = rate(values.size() * 8, [&] { packer.unpack(bytes, back); });
    const double smaller = static_cast<double>(payload) / (8.0 * static_cast<double>(values.size()));
    return {{"case", which.name},
            {"rounding", rounding == fixed::Rounding::trn ? "TRN" : "RND_CONV"},
            {"overflow", overflow == fixed::Overflow::wrap ? "WRAP" : "SAT"},
            {"float64_in_GBps", pack},
            {"float64_packed_out_GBps", pack * smaller},
            {"float32_in_GBps", pack_floats},
            {"float32_packed_out_GBps", pack_floats * smaller * 2},
            {"unpack_float64_out_GBps", unpack}};
}

Json packing() {
    const std::vector<Case> cases{
        {"16 x 16 bits", 16, [](std::size_t) { return fixed::ap_fixed(16, 6); }},
        {"16 x 8 bits", 16, [](std::size_t) { return fixed::ap_fixed(8, 5); }},
        {"27 x 16 bits (padded to 64 bytes)", 27, [](std::size_t) { return fixed::ap_fixed(16, 6); }},
        {"27 x 9 to 16 bits (HGQ)", 27, [](std::size_t i) { return fixed::ap_fixed(9 + static_cast<int>(i) % 8, 6); }},
        {"16 x 20 bits", 16, [](std::size_t) { return fixed::ap_fixed(20, 8); }}};
    Json rows = Json::array();
    for (const Case& which : cases) {
        rows.push_back(packing_row(which, fixed::Rounding::trn, fixed::Overflow::wrap));
        rows.push_back(packing_row(which, fixed::Rounding::rnd_conv, fixed::Overflow::sat));
    }
    return rows;
}

} // namespace

int main(int count, char** arguments) {
    const std::string what = count > 1 ? arguments[1] : "";
    if (what == "packing")
        std::printf("%s\n", packing().dump().c_str());
    else if (what == "overhead" && count == 4)
        std::printf("%s\n", overhead(arguments[2], arguments[3]).dump().c_str());
    else
        return std::fprintf(stderr, "usage: host_bench overhead BUNDLE XCLBIN | host_bench packing\n"), 2;
    return 0;
}
