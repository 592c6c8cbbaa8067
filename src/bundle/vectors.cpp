#include "bundle/vectors.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "emulate/reference.hpp"
#include "network/elements.hpp"
#include "support/rng.hpp"

namespace gw::bundle {
namespace {

std::int64_t element(const fixed::FixedType& type, std::uint32_t event, support::Random& random) {
    const auto low = static_cast<std::int64_t>(type.lowest()), high = static_cast<std::int64_t>(type.highest());
    switch (event) {
    case 0:
        return 0;
    case 1:
        return low;
    case 2:
        return high;
    default:
        // between() would overflow on a signed type of 64 bits, whose values are all 64-bit patterns
        return type.width == 64 ? static_cast<std::int64_t>(random.next()) : random.between(low, high);
    }
}

} // namespace

Vectors make_vectors(const network::Network& network, std::uint32_t count, std::uint64_t seed) {
    const std::vector<fixed::FixedType> types = network::element_types(network, network.inputs);
    support::Random random(seed);
    Vectors vectors;
    vectors.count = count;
    std::vector<std::int64_t> event(types.size());
    for (std::uint32_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j < types.size(); ++j)
            event[j] = element(types[j], i, random);
        const std::vector<std::int64_t> outputs = emulate::evaluate(network, event);
        vectors.inputs.insert(vectors.inputs.end(), event.begin(), event.end());
        vectors.outputs.insert(vectors.outputs.end(), outputs.begin(), outputs.end());
    }
    return vectors;
}

support::Array values_of(const std::vector<std::int64_t>& raw, const std::vector<fixed::FixedType>& types) {
    support::Array array;
    array.shape = {types.empty() ? 0 : raw.size() / types.size(), types.size()};
    array.values.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i)
        array.values.push_back(fixed::to_double(raw[i], types[i % types.size()].fraction));
    return array;
}

std::map<std::string, std::string> bench_files(const network::Network& network, const Vectors& vectors) {
    constexpr std::size_t longest = 1'500'000;
    std::string inputs, outputs;
    const auto line = [](std::span<const std::int64_t> event) { return fmt::format("{}\n", fmt::join(event, " ")); };
    const std::size_t width = network.input_size(), height = network.output_size();
    for (std::size_t event = 0; event < vectors.count; ++event) {
        const std::string given = line(std::span(vectors.inputs).subspan(event * width, width));
        const std::string made = line(std::span(vectors.outputs).subspan(event * height, height));
        if (event > 0 && std::max(inputs.size() + given.size(), outputs.size() + made.size()) > longest)
            break;
        inputs += given;
        outputs += made;
    }
    return {{"tb_data/inputs.txt", inputs}, {"tb_data/outputs.txt", outputs}};
}

} // namespace gw::bundle
