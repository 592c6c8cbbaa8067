#include "cli/devices.hpp"

#include <algorithm>
#include <chrono>

#include "device/device.hpp"
#include "emulate/emulator.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"
#include "support/progress.hpp"

namespace gw::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

} // namespace

DeviceRun run_on_emulator(const network::Network& network, const support::Array& rows, unsigned threads) {
    const auto start = Clock::now();
    const emulate::Emulator emulator(network, {threads});
    const std::size_t width = network.input_size(), height = network.output_size(), events = rows.rows();
    DeviceRun run;
    run.rows.shape = {events, height};
    run.rows.values.resize(events * height);
    support::Progress progress("predict", events);
    constexpr std::size_t slice = std::size_t{1} << 17U; // so that Ctrl-C is heard, and the bar moves
    for (std::size_t begin = 0; begin < events; begin += slice) {
        support::throw_if_interrupted();
        const std::size_t count = std::min(slice, events - begin);
        emulator.predict(std::span(rows.values).subspan(begin * width, count * width),
                         std::span(run.rows.values).subspan(begin * height, count * height));
        progress.update(begin + count);
    }
    run.seconds = seconds_since(start);
    return run;
}

DeviceRun run_on_card(const Model& model, const support::Array& rows, device::Kind kind) {
    if (!model.bundle)
        throw support::user_error("a model file has no card", {},
                                  "make a bundle first: gatewright build MODEL -o BUNDLE");
    device::DeviceOptions options;
    options.kind = kind;
    device::Device device = device::Device::open(model.bundle->directory, options);
    const std::size_t width = device.input_size(), events = rows.rows();
    DeviceRun run;
    run.rows.shape = {events, device.output_size()};
    run.rows.values.reserve(events * device.output_size());
    support::Progress progress("run", events);
    constexpr std::size_t slice = std::size_t{1} << 17U;
    const auto start = Clock::now();
    for (std::size_t begin = 0; begin < events; begin += slice) {
        const std::size_t count = std::min(slice, events - begin);
        const device::Future future = device.submit(std::span(rows.values).subspan(begin * width, count * width));
        while (!future.ready()) {
            support::throw_if_interrupted();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        const std::vector<double> outputs = future.wait();
        run.rows.values.insert(run.rows.values.end(), outputs.begin(), outputs.end());
        progress.update(begin + count);
    }
    run.seconds = seconds_since(start);
    const device::Counters counters = device.counters();
    run.cycles = counters.cycles;
    run.card_seconds = counters.seconds;
    return run;
}

} // namespace gw::cli
