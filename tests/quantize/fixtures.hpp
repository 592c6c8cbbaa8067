// Running a fixture of tests/fixtures/models: NAME.inputs.csv through a network by the reference evaluation, against
// NAME.outputs.csv.
#pragma once

#include <cmath>
#include <filesystem>
#include <string>

#include "emulate/reference.hpp"
#include "network/network.hpp"
#include "support/array_io.hpp"

namespace gw::quantize {

inline std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path(GW_SOURCE_DIR) / "tests/fixtures/models" / name;
}

struct Comparison {
    std::size_t values = 0, different = 0;
    double largest = 0; ///< difference
};

inline std::vector<double> outputs_of(const network::Network& network, const double* event) {
    std::vector<std::int64_t> raw;
    for (const network::TensorId id : network.inputs)
        for (std::size_t k = 0; k < network.tensor(id).size(); ++k)
            raw.push_back(static_cast<std::int64_t>(fixed::from_double(*event++, network.tensor(id).type(k))));
    const std::vector<std::int64_t> out = emulate::evaluate(network, raw);
    std::vector<double> values;
    for (const network::TensorId id : network.outputs)
        for (std::size_t k = 0; k < network.tensor(id).size(); ++k)
            values.push_back(fixed::to_double(out[values.size()], network.tensor(id).type(k).fraction));
    return values;
}

inline Comparison compare(const network::Network& network, const std::string& name) {
    const support::Array inputs = support::read_csv(fixture(name + ".inputs.csv"));
    const support::Array expected = support::read_csv(fixture(name + ".outputs.csv"));
    Comparison out;
    for (std::size_t row = 0; row < inputs.rows(); ++row)
        for (const double value : outputs_of(network, &inputs.values[row * inputs.row_size()])) {
            const double difference = std::abs(value - expected.values.at(out.values++));
            out.different += difference != 0 ? 1 : 0;
            out.largest = std::max(out.largest, difference);
        }
    if (out.values != expected.values.size())
        throw std::runtime_error(name + ": the network has another number of outputs than the fixture");
    return out;
}

} // namespace gw::quantize
