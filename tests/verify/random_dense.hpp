// Small random networks of dense, affine, relu and requantise ops with types of 1 to 24 bits and every rounding and
// overflow mode.
#pragma once

#include <algorithm>
#include <string>

#include "network/network.hpp"
#include "network/range.hpp"
#include "network/verify.hpp"
#include "support/rng.hpp"

namespace gw::test {

class RandomDense {
  public:
    explicit RandomDense(std::uint64_t seed) : random_(seed) {}

    /// 1 to 3 dense ops of 1 to 8 outputs, some followed by other ops.
    network::Network make(const std::string& name) {
        network_ = {};
        network_.name = name;
        network::TensorId at = tensor(1 + static_cast<std::uint32_t>(random_.below(8)));
        network_.inputs = {at};
        const std::uint64_t layers = 1 + random_.below(3);
        for (std::uint64_t i = 0; i < layers; ++i) {
            at = dense(at, 1 + static_cast<std::uint32_t>(random_.below(8)));
            if (random_.below(3) == 0) {
                at = affine(at);
            }
            if (random_.below(2) == 0) {
                at = relu(at);
            }
            if (random_.below(4) == 0) {
                at = requantise(at);
            }
        }
        network_.outputs = {at};
        network::require_sound(network_, name);
        return network_;
    }

  private:
    /// Mostly narrow, up to 24 bits.
    fixed::FixedType type() {
        fixed::FixedType result;
        result.width = static_cast<int>(random_.below(3) == 0 ? random_.between(1, 24) : random_.between(1, 9));
        result.fraction = static_cast<int>(random_.between(-2, result.width + 2));
        result.is_signed = random_.below(3) != 0;
        result.rounding = static_cast<fixed::Rounding>(random_.below(7));
        result.overflow = static_cast<fixed::Overflow>(random_.below(4));
        return result;
    }

    network::TensorId tensor(std::uint32_t size) {
        network::Tensor result;
        result.name = "t" + std::to_string(network_.tensors.size());
        result.shape = {size};
        const std::size_t types = random_.below(2) == 0 ? 1 : size;
        for (std::size_t i = 0; i < types; ++i) {
            result.types.push_back(type());
        }
        return network_.add(result);
    }

    /// The same, with the binary point where values of this range have about their highest bits.
    fixed::FixedType type_for(const fixed::Interval& range) {
        fixed::FixedType result = type();
        const int highest =
            std::max(fixed::magnitude_bits(range.low), fixed::magnitude_bits(range.high)) - range.fraction;
        result.fraction =
            result.width - (result.is_signed ? 1 : 0) - highest + static_cast<int>(random_.between(-2, 2));
        return result;
    }

    /// Types for the output of the newest op, whose inputs have theirs.
    void settle(network::TensorId output) {
        const auto ranges = network::infer_ranges(network_).before_cast.at(static_cast<std::size_t>(output));
        auto& types = network_.tensor(output).types;
        for (std::size_t i = 0; i < types.size(); ++i) {
            types[i] = type_for(ranges[i]);
        }
        if (auto* dense = std::get_if<network::Dense>(&network_.ops.back().body); dense && random_.below(3) == 0) {
            dense->accumulator.type = type_for(ranges[0]);
            dense->accumulator.products = random_.below(2) == 0 ? network::Accumulator::Products::exact
                                                                : network::Accumulator::Products::converted;
        }
    }

    network::Constant constant(network::Shape shape, int widest) {
        network::Constant result;
        result.type.width = static_cast<int>(random_.between(1, widest));
        result.type.fraction = static_cast<int>(random_.between(-1, widest));
        result.type.is_signed = true;
        result.shape = shape;
        for (std::size_t i = 0; i < network::elements(shape); ++i) {
            const bool zero = random_.below(4) == 0;
            result.raw.push_back(zero ? 0
                                      : random_.between(static_cast<std::int64_t>(result.type.lowest()),
                                                        static_cast<std::int64_t>(result.type.highest())));
        }
        result.shape = std::move(shape);
        return result;
    }

    void op(network::OpBody body) {
        network_.ops.push_back({"op" + std::to_string(network_.ops.size()), std::move(body)});
    }

    std::uint32_t size(network::TensorId id) const { return network_.tensor(id).shape.front(); }

    network::TensorId dense(network::TensorId input, std::uint32_t outputs) {
        network::Dense body{
            input, tensor(outputs), constant({size(input), outputs}, random_.below(8) == 0 ? 24 : 6), {}, {}};
        if (random_.below(2) == 0) {
            body.bias = constant({outputs}, 10);
        }
        const auto output = body.output;
        op(std::move(body));
        settle(output);
        return output;
    }

    network::TensorId affine(network::TensorId input) {
        network::Affine body{input, tensor(size(input)), {}, {}};
        if (random_.below(4) != 0) {
            body.scale = constant({random_.below(2) == 0 ? 1 : size(input)}, 6);
        }
        if (!body.scale || random_.below(2) == 0) {
            body.bias = constant({size(input)}, 6);
        }
        const auto output = body.output;
        op(std::move(body));
        settle(output);
        return output;
    }

    network::TensorId relu(network::TensorId input) {
        network::Relu body{input, tensor(size(input)), {}};
        if (random_.below(3) == 0) {
            body.ceiling = constant({1}, 8);
            body.ceiling->raw[0] = std::max<std::int64_t>(body.ceiling->raw[0], 0);
        }
        const auto output = body.output;
        op(std::move(body));
        settle(output);
        return output;
    }

    network::TensorId requantise(network::TensorId input) {
        const auto output = tensor(size(input));
        op(network::Requantise{input, output});
        settle(output);
        return output;
    }

    support::Random random_;
    network::Network network_;
};

} // namespace gw::test
