// Small random networks of every op, width, rounding and overflow mode.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "network/network.hpp"
#include "support/rng.hpp"

namespace gw::test {

/// Draws networks; the same seed draws the same ones.
class NetworkDrawer {
  public:
    explicit NetworkDrawer(std::uint64_t seed) : random_(seed) {}

    network::Network draw() {
        network::Network net;
        net.name = "drawn";
        std::uint32_t size = static_cast<std::uint32_t>(pick(1, 6));
        network::TensorId current = tensor(net, size);
        net.inputs = {current};
        for (int ops = pick(1, 4); ops > 0; --ops) {
            const int kind = pick(0, 5);
            const std::uint32_t in = size;
            size = kind <= 2 ? static_cast<std::uint32_t>(pick(1, 6)) : size;
            const network::TensorId next = tensor(net, size);
            net.ops.push_back({"op" + std::to_string(ops), body(kind, current, next, in, size)});
            current = next;
        }
        net.outputs = {current};
        return net;
    }

    /// Raw inputs: ends of the types, zeros, and random ones.
    std::vector<std::int64_t> event(const std::vector<fixed::FixedType>& types) {
        const int kind = pick(0, 9);
        std::vector<std::int64_t> raw;
        for (const auto& type : types) {
            const auto low = static_cast<std::int64_t>(type.lowest()), high = static_cast<std::int64_t>(type.highest());
            const int choice = kind == 0 ? pick(0, 2) : kind <= 3 ? kind - 1 : 3;
            raw.push_back(choice == 0 ? low : choice == 1 ? high : choice == 2 ? 0 : random_.between(low, high));
        }
        return raw;
    }

    int pick(int low, int high) { return static_cast<int>(random_.between(low, high)); }

  private:
    fixed::FixedType type() {
        fixed::FixedType type;
        type.width = pick(1, pick(0, 2) != 0 ? 10 : 24);
        type.is_signed = pick(0, 2) != 0;
        type.fraction = pick(-2, type.width + 2);
        type.rounding = pick(0, 2) == 0 ? fixed::Rounding::trn : static_cast<fixed::Rounding>(pick(0, 6));
        type.overflow = pick(0, 2) == 0 ? fixed::Overflow::wrap : static_cast<fixed::Overflow>(pick(0, 3));
        return type;
    }
    network::TensorId tensor(network::Network& net, std::uint32_t size) {
        network::Tensor tensor{"t" + std::to_string(net.tensors.size()), {size}, {type()}};
        if (pick(0, 1) != 0) {
            while (tensor.types.size() < size) {
                tensor.types.push_back(type());
            }
        }
        return net.add(std::move(tensor));
    }
    network::Constant constant(network::Shape shape, int width) {
        network::Constant constant{std::move(shape), {}, {}};
        constant.type.width = width;
        constant.type.fraction = pick(-1, width + 1);
        const auto low = static_cast<std::int64_t>(constant.type.lowest());
        for (std::size_t k = network::elements(constant.shape); k > 0; --k) {
            constant.raw.push_back(pick(0, 3) == 0 ? 0 : random_.between(low, -(low + 1)));
        }
        return constant;
    }
    network::OpBody body(int kind, network::TensorId in, network::TensorId out, std::uint32_t inputs,
                         std::uint32_t outputs) {
        switch (kind) {
        case 3: {
            network::Affine affine{in, out, {}, {}};
            if (pick(0, 3) != 0) {
                affine.scale = constant({pick(0, 1) != 0 ? 1 : inputs}, pick(1, 10));
            }
            if (pick(0, 3) != 0) {
                affine.bias = constant({pick(0, 1) != 0 ? 1 : inputs}, pick(1, 10));
            }
            return affine;
        }
        case 4: {
            network::Relu relu{in, out, {}};
            if (pick(0, 1) != 0) {
                relu.ceiling = constant({1}, pick(2, 8));
                relu.ceiling->raw[0] = std::max<std::int64_t>(relu.ceiling->raw[0], 0);
            }
            return relu;
        }
        case 5:
            return network::Requantise{in, out};
        default:
            break;
        }
        network::Dense dense{in, out, constant({inputs, outputs}, pick(1, 12)), {}, {}};
        if (pick(0, 1) != 0) {
            dense.bias = constant({outputs}, pick(1, 12));
        }
        if (pick(0, 3) != 0) {
            dense.accumulator = {type(), pick(0, 1) != 0 ? network::Accumulator::Products::exact
                                                         : network::Accumulator::Products::converted};
        }
        return dense;
    }

    support::Random random_;
};

} // namespace gw::test
