#include "emulate/emulator.hpp"

#include <algorithm>
#include <hwy/aligned_allocator.h>

#include "emulate/kernels.hpp"
#include "emulate/program.hpp"
#include "emulate/reference.hpp"
#include "emulate/transfer.hpp"
#include "network/verify.hpp"
#include "support/error.hpp"
#include "support/parallel.hpp"

namespace gw::emulate {
namespace {

/// Events that one thread takes at a time: enough work to be worth a thread, few enough to spread.
constexpr std::size_t chunk = 32 * block;

/// One tensor of a block, read and written as 64-bit integers whatever its lanes.
class TensorRows {
  public:
    TensorRows(std::byte* memory, std::size_t offset, Lane lane) : base_(memory + offset), lane_(lane) {}

    std::int64_t get(std::size_t element, std::size_t event) const {
        const std::size_t at = element * block + event;
        if (lane_ == Lane::i16)
            return reinterpret_cast<const std::int16_t*>(base_)[at];
        return lane_ == Lane::i32 ? reinterpret_cast<const std::int32_t*>(base_)[at]
                                  : reinterpret_cast<const std::int64_t*>(base_)[at];
    }
    void set(std::size_t element, std::size_t event, std::int64_t value) {
        const std::size_t at = element * block + event;
        if (lane_ == Lane::i16)
            reinterpret_cast<std::int16_t*>(base_)[at] = static_cast<std::int16_t>(value);
        else if (lane_ == Lane::i32)
            reinterpret_cast<std::int32_t*>(base_)[at] = static_cast<std::int32_t>(value);
        else
            reinterpret_cast<std::int64_t*>(base_)[at] = value;
    }

  private:
    std::byte* base_;
    Lane lane_;
};

TensorRows rows_of(const Program& program, std::byte* memory, std::size_t tensor) {
    return {memory, program.offsets[tensor], program.lanes[tensor]};
}

void run_by_reference(const network::Network& network, const Program& program, const Step& step, std::byte* memory) {
    const network::Op& op = network.ops[step.op];
    const std::vector<network::TensorId> ids = network::inputs_of(op);
    std::vector<Values> x(ids.size());
    Inputs inputs;
    for (std::size_t k = 0; k < ids.size(); ++k) {
        x[k].resize(network.tensor(ids[k]).size());
        inputs.push_back(&x[k]);
    }
    TensorRows out = rows_of(program, memory, step.output);
    for (std::size_t event = 0; event < block; ++event) {
        for (std::size_t k = 0; k < ids.size(); ++k) {
            const TensorRows in = rows_of(program, memory, static_cast<std::size_t>(ids[k]));
            for (std::size_t i = 0; i < x[k].size(); ++i)
                x[k][i] = in.get(i, event);
        }
        const Values y = evaluate_op(network, op, inputs);
        for (std::size_t i = 0; i < y.size(); ++i)
            out.set(i, event, y[i]);
    }
}

void run_block(const network::Network& network, const Program& program, std::byte* memory) {
    for (const Step& step : program.steps) {
        if (std::holds_alternative<Plain>(step.body))
            run_by_reference(network, program, step, memory);
        else
            run_step(program, step, memory);
    }
}

/// Spreads event-major raw inputs over the input tensors' rows; lanes beyond `events` repeat the last event.
void load_block(const network::Network& network, const Program& program, std::span<const std::int64_t> raw,
                std::size_t events, std::byte* memory) {
    const std::size_t width = network.input_size();
    std::size_t first = 0;
    for (const network::TensorId id : network.inputs) {
        TensorRows rows = rows_of(program, memory, static_cast<std::size_t>(id));
        const std::size_t size = network.tensor(id).size();
        for (std::size_t i = 0; i < size; ++i)
            for (std::size_t event = 0; event < block; ++event)
                rows.set(i, event, raw[std::min(event, events - 1) * width + first + i]);
        first += size;
    }
}

void store_block(const network::Network& network, const Program& program, std::byte* memory, std::size_t events,
                 std::span<std::int64_t> raw) {
    const std::size_t width = network.output_size();
    std::size_t first = 0;
    for (const network::TensorId id : network.outputs) {
        const TensorRows rows = rows_of(program, memory, static_cast<std::size_t>(id));
        const std::size_t size = network.tensor(id).size();
        for (std::size_t i = 0; i < size; ++i)
            for (std::size_t event = 0; event < events; ++event)
                raw[event * width + first + i] = rows.get(i, event);
        first += size;
    }
}

std::size_t count_events(std::size_t inputs, std::size_t outputs, const network::Network& network) {
    const std::size_t width = network.input_size();
    if (inputs % width != 0 || outputs != inputs / width * network.output_size())
        throw support::internal_error("emulator: " + std::to_string(inputs) + " inputs and " + std::to_string(outputs) +
                                      " outputs are no whole events");
    return inputs / width;
}

} // namespace

Emulator::Emulator(network::Network network, Options options) : network_(std::move(network)), options_(options) {
    network::require_sound(network_, "emulator");
    program_ = std::make_unique<const Program>(compile(network_, true));
    transfer_ = std::make_unique<const Transfer>(make_transfer(network_, *program_));
}

Emulator::~Emulator() = default;
Emulator::Emulator(Emulator&&) noexcept = default;
Emulator& Emulator::operator=(Emulator&&) noexcept = default;

std::size_t Emulator::reference_ops() const {
    return static_cast<std::size_t>(std::count_if(program_->steps.begin(), program_->steps.end(), [](const Step& step) {
        return std::holds_alternative<Plain>(step.body);
    }));
}

void Emulator::run(std::span<const std::int64_t> inputs, std::span<std::int64_t> outputs) const {
    const std::size_t events = count_events(inputs.size(), outputs.size(), network_), in = network_.input_size(),
                      out = network_.output_size();
    support::parallel_for(events, chunk, options_.threads, [&](std::size_t begin, std::size_t end) {
        const auto memory = hwy::AllocateAligned<std::byte>(program_->bytes);
        for (std::size_t at = begin; at < end; at += block) {
            const std::size_t count = std::min(block, end - at);
            load_block(network_, *program_, inputs.subspan(at * in, count * in), count, memory.get());
            run_block(network_, *program_, memory.get());
            store_block(network_, *program_, memory.get(), count, outputs.subspan(at * out, count * out));
        }
    });
}

void Emulator::predict(std::span<const double> inputs, std::span<double> outputs) const {
    const std::size_t events = count_events(inputs.size(), outputs.size(), network_), in = network_.input_size(),
                      out = network_.output_size();
    support::parallel_for(events, chunk, options_.threads, [&](std::size_t begin, std::size_t end) {
        const auto memory = hwy::AllocateAligned<std::byte>(program_->bytes);
        std::vector<std::int64_t> raw;
        for (std::size_t at = begin; at < end; at += block) {
            const std::size_t count = std::min(block, end - at);
            const auto values = inputs.subspan(at * in, count * in);
            if (count < block || transfer_->entries.empty() || !load_values(*transfer_, values.data(), memory.get())) {
                raw.resize(count * in);
                to_raw(network_, values, raw, at);
                load_block(network_, *program_, raw, count, memory.get());
            }
            run_block(network_, *program_, memory.get());
            const auto results = outputs.subspan(at * out, count * out);
            if (transfer_->exits.empty()) {
                raw.resize(count * out);
                store_block(network_, *program_, memory.get(), count, raw);
                to_values(network_, raw, results);
            } else {
                store_values(*transfer_, memory.get(), count, results.data());
            }
        }
    });
}

Trace Emulator::trace(std::span<const std::int64_t> inputs) const {
    const std::size_t in = network_.input_size(), events = inputs.size() / in;
    Trace trace;
    for (const network::Tensor& tensor : network_.tensors)
        trace.push_back({tensor.name, tensor.types, tensor.size(), std::vector<std::int64_t>(events * tensor.size())});
    const Program program = compile(network_, false); // every tensor is kept
    const auto memory = hwy::AllocateAligned<std::byte>(program.bytes);
    for (std::size_t at = 0; at < events; at += block) {
        const std::size_t count = std::min(block, events - at);
        load_block(network_, program, inputs.subspan(at * in, count * in), count, memory.get());
        run_block(network_, program, memory.get());
        for (std::size_t t = 0; t < trace.size(); ++t) {
            const TensorRows rows = rows_of(program, memory.get(), t);
            for (std::size_t event = 0; event < count; ++event)
                for (std::size_t i = 0; i < trace[t].size; ++i)
                    trace[t].raw[(at + event) * trace[t].size + i] = rows.get(i, event);
        }
    }
    return trace;
}

} // namespace gw::emulate
