#include "bundle/vectors.hpp"

#include <fmt/format.h>

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

std::string text_of(const std::vector<std::int64_t>& raw, std::size_t per_event) {
    std::string text;
    for (std::size_t i = 0; i < raw.size(); ++i)
        text += fmt::format("{}{}", raw[i], (i + 1) % per_event == 0 ? '\n' : ' ');
    return text;
}

} // namespace gw::bundle
