#include "emulate/reference.hpp"
#include "support/parallel.hpp"
#include "verify/rtl.hpp"

namespace gw::verify {

Oracle oracle_of(const network::Network& network) {
    return [&network](std::span<const std::int64_t> inputs, std::size_t count, std::span<std::int64_t> outputs) {
        const std::size_t width = network.input_size(), height = network.output_size();
        support::parallel_for(count, 256, 0, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                const auto values = emulate::evaluate(network, inputs.subspan(i * width, width));
                std::copy(values.begin(), values.end(), outputs.begin() + static_cast<std::ptrdiff_t>(i * height));
            }
        });
    };
}

} // namespace gw::verify
