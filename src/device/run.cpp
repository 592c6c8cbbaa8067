#include "device/run.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "device/device.hpp"
#include "emulate/emulator.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"
#include "support/measure.hpp"
#include "support/progress.hpp"

namespace gw::device {
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

DeviceRun run_on_card(const bundle::Model& model, const support::Array& rows, const DeviceOptions& options) {
    if (!model.bundle)
        throw support::user_error("a model file has no card", {},
                                  "make a bundle first: gatewright build MODEL -o BUNDLE");
    Device device = Device::open(model.bundle->directory, options);
    const std::size_t width = device.input_size(), events = rows.rows();
    DeviceRun run;
    run.rows.shape = {events, device.output_size()};
    run.rows.values.reserve(events * device.output_size());
    support::Progress progress("run", events);
    constexpr std::size_t slice = std::size_t{1} << 17U;
    const auto start = Clock::now();
    for (std::size_t begin = 0; begin < events; begin += slice) {
        const std::size_t count = std::min(slice, events - begin);
        const Future future = device.submit(std::span(rows.values).subspan(begin * width, count * width),
                                            {.cancelled = support::interrupted});
        while (!future.ready()) {
            support::throw_if_interrupted();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        const std::vector<double> outputs = future.wait();
        run.rows.values.insert(run.rows.values.end(), outputs.begin(), outputs.end());
        progress.update(begin + count);
    }
    run.seconds = seconds_since(start);
    const Counters counters = device.counters();
    run.cycles = counters.cycles;
    run.card_seconds = counters.seconds;
    return run;
}

std::uint64_t rows_that_differ(const support::Array& a, const support::Array& b) {
    const std::size_t width = std::max<std::size_t>(1, a.row_size());
    std::uint64_t count = 0;
    for (std::size_t row = 0; row * width < a.values.size(); ++row) {
        const auto begin = a.values.begin() + static_cast<std::ptrdiff_t>(row * width);
        const bool equal = std::equal(begin, begin + static_cast<std::ptrdiff_t>(width),
                                      b.values.begin() + static_cast<std::ptrdiff_t>(row * width));
        count += equal ? 0 : 1;
    }
    return count;
}

double measure_emulator(const network::Network& network, std::span<const double> rows, double seconds) {
    const emulate::Emulator emulator(network, {1});
    const std::size_t events = rows.size() / std::max<std::size_t>(1, network.input_size());
    std::vector<double> outputs(events * network.output_size());
    return support::median_rate(events, seconds, [&] { emulator.predict(rows, outputs); });
}

bundle::Json to_json(const DeviceRun& run, double clock_ns) {
    const auto events = static_cast<double>(run.rows.rows()), cycles = static_cast<double>(run.cycles);
    bundle::Json json{{"events", run.rows.rows()},
                      {"seconds", run.seconds},
                      {"events_per_second", run.seconds > 0 ? events / run.seconds : 0.0}};
    if (run.cycles == 0)
        return json;
    json["cycles"] = run.cycles;
    json["card_seconds"] = run.card_seconds;
    json["cycles_per_event"] = cycles / events;
    json["hardware_events_per_second"] = events / (cycles * clock_ns * 1e-9);
    return json;
}

} // namespace gw::device
