// Random small networks for property tests: every op, width, rounding, overflow and accumulator that a Network can
// hold.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "emulate/reference.hpp"
#include "fixed/type.hpp"
#include "network/network.hpp"
#include "network/verify.hpp"
#include "support/rng.hpp"

namespace gw::test {

struct RandomNetworkOptions {
    std::int64_t widest = 24;     ///< bits of any type
    std::int64_t most_dense = 4;  ///< dense ops, at least one
    std::int64_t most_units = 8;  ///< outputs of a dense op
    std::int64_t most_inputs = 8; ///< of the network
};

/// Draws one network from one stream of random numbers.
class NetworkGenerator {
  public:
    NetworkGenerator(support::Random& random, const RandomNetworkOptions& options)
        : random_(random), options_(options) {}

    network::Network draw() {
        network_.name = "random";
        current_ = add_tensor("x", extent(options_.most_inputs));
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
    bool chance(std::uint64_t one_in) { return random_.below(one_in) == 0; }
    std::uint32_t extent(std::int64_t most) { return static_cast<std::uint32_t>(random_.between(1, most)); }

    fixed::FixedType type() {
        fixed::FixedType type;
        type.width = static_cast<std::int32_t>(random_.between(1, options_.widest));
        type.fraction = static_cast<std::int32_t>(random_.between(-3, type.width + 3));
        type.is_signed = !chance(3);
        type.rounding = static_cast<fixed::Rounding>(random_.below(7));
        type.overflow = static_cast<fixed::Overflow>(random_.below(4));
        return type;
    }

    network::TensorId add_tensor(const std::string& name, std::uint32_t size) {
        network::Tensor tensor{name, {size}, {type()}};
        if (chance(4)) {
            tensor.types.clear();
            for (std::uint32_t i = 0; i < size; ++i)
                tensor.types.push_back(chance(10) ? fixed::FixedType{0, 0, true, {}, {}} : type());
        }
        return network_.add(std::move(tensor));
    }

    network::Constant constant(network::Shape shape, std::uint64_t zero_in_ten) {
        fixed::FixedType type;
        type.width = static_cast<std::int32_t>(random_.between(1, 10));
        type.fraction = static_cast<std::int32_t>(random_.between(0, 8));
        type.is_signed = !chance(5);
        network::Constant constant{shape, type, {}};
        for (std::size_t i = 0; i < network::elements(shape); ++i)
            constant.raw.push_back(random_.below(10) < zero_in_ten
                                       ? 0
                                       : random_.between(static_cast<std::int64_t>(type.lowest()),
                                                         static_cast<std::int64_t>(type.highest())));
        return constant;
    }

    std::string next_name(const char* kind) { return kind + std::to_string(network_.ops.size()); }

    void add_op(const std::string& name, network::OpBody body, network::TensorId output) {
        network_.ops.push_back({name, std::move(body)});
        current_ = output;
    }

    void add_dense() {
        const std::uint32_t inputs = network_.tensor(current_).shape.front(), outputs = extent(options_.most_units);
        const std::string name = next_name("dense");
        const auto output = add_tensor(name + "_out", outputs);
        network::Dense op{current_, output, constant({inputs, outputs}, random_.below(8)), {}, {}};
        if (!chance(3))
            op.bias = constant({outputs}, 1);
        if (chance(2)) {
            op.accumulator.type = type();
            op.accumulator.products =
                chance(2) ? network::Accumulator::Products::converted : network::Accumulator::Products::exact;
        }
        add_op(name, std::move(op), output);
    }

    void add_elementwise() {
        const std::uint32_t size = network_.tensor(current_).shape.front();
        const auto per_element = [&] { return constant({chance(2) ? 1 : size}, 1); };
        const std::uint64_t kind = random_.below(3);
        const std::string name = next_name(kind == 0 ? "affine" : (kind == 1 ? "relu" : "requantise"));
        const auto input = current_, output = add_tensor(name + "_out", size);
        if (kind == 0) {
            network::Affine op{input, output, {}, {}};
            if (!chance(4))
                op.scale = per_element();
            if (!chance(4))
                op.bias = per_element();
            add_op(name, std::move(op), output);
        } else if (kind == 1) {
            network::Relu op{input, output, {}};
            if (chance(3)) {
                op.ceiling = constant({1}, 0);
                op.ceiling->raw.front() = op.ceiling->raw.front() < 0 ? 0 : op.ceiling->raw.front();
            }
            add_op(name, std::move(op), output);
        } else {
            add_op(name, network::Requantise{input, output}, output);
        }
    }

    support::Random& random_;
    const RandomNetworkOptions& options_;
    network::Network network_;
    network::TensorId current_{};
};

/// Raw inputs, event-major: uniform values, ends of the range, zeros and small steps mixed.
inline std::vector<std::int64_t> random_inputs(const network::Network& network, support::Random& random,
                                               std::size_t events) {
    std::vector<std::int64_t> inputs;
    for (std::size_t event = 0; event < events; ++event)
        for (const network::TensorId id : network.inputs)
            for (std::size_t i = 0; i < network.tensor(id).size(); ++i) {
                const fixed::FixedType& type = network.tensor(id).type(i);
                const auto low = static_cast<std::int64_t>(type.lowest()),
                           high = static_cast<std::int64_t>(type.highest());
                const std::uint64_t kind = random.below(8);
                if (kind == 0)
                    inputs.push_back(low);
                else if (kind == 1)
                    inputs.push_back(high);
                else if (kind == 2)
                    inputs.push_back(high == 0 ? low : random.between(0, 1));
                else
                    inputs.push_back(random.between(low, high));
            }
    return inputs;
}

/// Whether any output differs between random events: a network that always says the same tests little.
inline bool moves(const network::Network& network, support::Random& random) {
    const std::size_t width = network.input_size();
    const auto inputs = random_inputs(network, random, 24);
    const auto first = emulate::evaluate(network, std::span(inputs).first(width));
    for (std::size_t at = width; at < inputs.size(); at += width)
        if (emulate::evaluate(network, std::span(inputs).subspan(at, width)) != first)
            return true;
    return false;
}

/// A sound network with one input and one output tensor, whose outputs depend on its inputs (but for one in eight,
/// which is kept as drawn: constants are corner cases, too).
inline network::Network random_network(support::Random& random, const RandomNetworkOptions& options = {}) {
    const bool any = random.below(8) == 0;
    for (;;) {
        network::Network network = NetworkGenerator(random, options).draw();
        if (any || moves(network, random))
            return network;
    }
}

} // namespace gw::test
