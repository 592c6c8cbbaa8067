// Random chains of dense ops with affine, relu and requantise ops between them: what every room knows.
#pragma once

#include <cstdint>
#include <string>

#include "network/network.hpp"
#include "network/verify.hpp"
#include "support/random_numbers.hpp"

namespace gw::test {

/// Draws one chain from one stream of random numbers.
class ChainGenerator {
  public:
    ChainGenerator(support::Random& random, const RandomNetworkOptions& options)
        : random_(random), draw_(random, options), options_(options) {}

    network::Network draw() {
        network_.name = "random";
        current_ = add_tensor("x", draw_.extent(options_.most_inputs));
        network_.inputs = {current_};
        const std::int64_t dense = random_.between(1, options_.most_dense);
        for (std::int64_t layer = 0; layer < dense; ++layer) {
            add_dense();
            while (random_.below(3) != 0 && network_.ops.size() < 12)
                add_elementwise();
        }
        network_.outputs = {current_};
        network::require_sound(network_, "random network");
        return network_;
    }

  private:
    network::TensorId add_tensor(const std::string& name, std::uint32_t size) {
        network::Tensor tensor{name, {size}, {draw_.type()}};
        if (draw_.chance(4)) {
            tensor.types.clear();
            for (std::uint32_t i = 0; i < size; ++i)
                tensor.types.push_back(draw_.chance(10) ? fixed::FixedType{0, 0, true, {}, {}} : draw_.type());
        }
        return network_.add(std::move(tensor));
    }

    std::string next_name(const char* kind) { return kind + std::to_string(network_.ops.size()); }

    void add_op(const std::string& name, network::OpBody body, network::TensorId output) {
        network_.ops.push_back({name, std::move(body)});
        current_ = output;
    }

    void add_dense() {
        const std::uint32_t inputs = network_.tensor(current_).shape.front(),
                            outputs = draw_.extent(options_.most_units);
        const std::string name = next_name("dense");
        const auto output = add_tensor(name + "_out", outputs);
        network::Dense op{current_, output, draw_.constant({inputs, outputs}, random_.below(8)), {}, {}};
        if (!draw_.chance(3))
            op.bias = draw_.constant({outputs}, 1);
        if (draw_.chance(2)) {
            op.accumulator.type = draw_.type();
            op.accumulator.products =
                draw_.chance(2) ? network::Accumulator::Products::converted : network::Accumulator::Products::exact;
        }
        add_op(name, std::move(op), output);
    }

    void add_elementwise() {
        const std::uint32_t size = network_.tensor(current_).shape.front();
        const auto per_element = [&] { return draw_.constant({draw_.chance(2) ? 1 : size}, 1); };
        const std::uint64_t kind = random_.below(3);
        const std::string name = next_name(kind == 0 ? "affine" : (kind == 1 ? "relu" : "requantise"));
        const auto input = current_, output = add_tensor(name + "_out", size);
        if (kind == 0) {
            network::Affine op{input, output, {}, {}};
            if (!draw_.chance(4))
                op.scale = per_element();
            if (!draw_.chance(4))
                op.bias = per_element();
            add_op(name, std::move(op), output);
        } else if (kind == 1) {
            network::Relu op{input, output, {}};
            if (draw_.chance(3)) {
                op.ceiling = draw_.constant({1}, 0);
                op.ceiling->raw.front() = op.ceiling->raw.front() < 0 ? 0 : op.ceiling->raw.front();
            }
            add_op(name, std::move(op), output);
        } else {
            add_op(name, network::Requantise{input, output}, output);
        }
    }

    support::Random& random_;
    RandomNumbers draw_;
    const RandomNetworkOptions& options_;
    network::Network network_;
    network::TensorId current_{};
};

} // namespace gw::test
