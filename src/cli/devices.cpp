#include "cli/devices.hpp"

#include "bundle/vectors.hpp"
#include "emulate/reference.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"
#include "support/parallel.hpp"

namespace gw::cli {

support::Array run_on_emulator(const network::Network& network, const support::Array& rows, unsigned threads) {
    const auto inputs = bundle::element_types(network, network.inputs);
    const auto outputs = bundle::element_types(network, network.outputs);
    support::Array result;
    result.shape = {rows.rows(), outputs.size()};
    result.values.resize(rows.rows() * outputs.size());
    support::parallel_for(rows.rows(), 1024, threads, [&](std::size_t begin, std::size_t end) {
        support::throw_if_interrupted();
        std::vector<std::int64_t> event(inputs.size());
        for (std::size_t row = begin; row < end; ++row) {
            for (std::size_t i = 0; i < inputs.size(); ++i)
                event[i] =
                    static_cast<std::int64_t>(fixed::from_double(rows.values[row * inputs.size() + i], inputs[i]));
            const std::vector<std::int64_t> raw = emulate::evaluate(network, event);
            for (std::size_t i = 0; i < raw.size(); ++i)
                result.values[row * outputs.size() + i] = fixed::to_double(raw[i], outputs[i].fraction);
        }
    });
    return result;
}

CardRun run_on_card(const Model& model, const support::Array&) {
    if (!model.bundle)
        throw support::user_error("only a bundle has a simulated card", {},
                                  "gatewright build MODEL -o BUNDLE makes one");
    throw support::unsupported("no card yet");
}

} // namespace gw::cli
