// A network that grows op by op: operands of a wanted rank or shape, and types that suit what an op can yield.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "network/network.hpp"
#include "network/range.hpp"
#include "support/error.hpp"
#include "support/random_numbers.hpp"

namespace gw::test {

class GrowingNetwork {
  public:
    static constexpr std::size_t most_elements = 96; ///< of a tensor

    GrowingNetwork(support::Random& random, const RandomNetworkOptions& options)
        : draw(random, options), options_(options) {
        network_.name = "random";
    }

    RandomNumbers draw;

    const network::Tensor& tensor(network::TensorId id) const { return network_.tensor(id); }
    std::uint64_t below(std::uint64_t bound) { return static_cast<std::uint64_t>(draw.extent(bound)) - 1; }

    network::Shape any_shape(std::size_t rank) {
        network::Shape shape;
        for (std::size_t axis = 0; axis < rank; ++axis)
            shape.push_back(draw.extent(rank == 1 ? 8 : rank == 2 ? 6 : 4));
        return shape;
    }
    network::TensorId add_input(const network::Shape& shape) {
        network::Tensor tensor{"x" + std::to_string(network_.inputs.size()), shape, {draw.type()}};
        if (draw.chance(4))
            tensor.types = one_each(tensor.size(), [&](std::size_t) { return draw.type(); });
        const network::TensorId id = network_.add(std::move(tensor));
        network_.inputs.push_back(id);
        ranges_.add_input(network_, id);
        return id;
    }
    /// Any tensor so far, the last ones sooner.
    network::TensorId any() {
        const std::uint64_t last = network_.tensors.size() - 1;
        return static_cast<network::TensorId>(draw.chance(3) ? below(last + 1) : last - std::min(last, below(3)));
    }
    network::TensorId of_rank(std::size_t rank) {
        const auto found = satisfying([&](const network::Shape& shape) { return shape.size() == rank; });
        return found ? *found : make(any_shape(rank));
    }
    network::TensorId of_shape(const network::Shape& wanted) {
        const auto found = satisfying([&](const network::Shape& shape) { return shape == wanted; });
        return found ? *found : make(wanted);
    }

    /// Of all elements.
    fixed::Interval range(network::TensorId id) const { return hull(ranges_.values(id)); }

    /// Adds an op, draws its accumulator if it may have one, and gives its output a type. None where sums could pass
    /// 2^125.
    std::optional<network::TensorId> add(const char* kind, const network::Shape& shape, network::OpBody body) {
        const std::string name = kind + std::to_string(network_.ops.size());
        const auto placeholder =
            static_cast<std::int32_t>(draw.between(-2, 12)); // a quotient has as many fraction bits
        const network::TensorId id = network_.add({name + "_out", shape, {{62, placeholder, true, {}, {}}}});
        std::visit([&](auto& op) { op.output = id; }, body);
        network::Op op{name, std::move(body)};
        try {
            ranges_.add_op(network_, op);
            draw_accumulator(op, hull(ranges_.before_cast(id)));
            ranges_.add_op(network_, op);
            draw_types(id);
            ranges_.add_op(network_, op);
        } catch (const support::Error&) {
            network_.tensors.pop_back();
            return std::nullopt;
        }
        network_.ops.push_back(std::move(op));
        return id;
    }

    /// @param inputs tensors whose elements, in a row, are chosen from
    std::optional<network::TensorId> add_rearrange(std::vector<network::TensorId> inputs, const network::Shape& shape) {
        std::uint32_t total = 0;
        for (const network::TensorId id : inputs)
            total += static_cast<std::uint32_t>(tensor(id).size());
        network::Rearrange op{std::move(inputs), {}, {}};
        const bool in_order = draw.chance(3), holes = draw.chance(3);
        for (std::uint32_t i = 0; i < network::elements(shape); ++i) {
            op.sources.emplace_back(in_order ? i % total : draw.extent(total) - 1);
            if (holes && draw.chance(4))
                op.sources.back().reset();
        }
        return add("rearrange", shape, std::move(op));
    }

    std::size_t ops() const { return network_.ops.size(); }

    /// What nothing reads goes out, and now and then something that is read as well.
    network::Network finished() {
        std::vector<bool> read(network_.tensors.size(), false);
        for (const network::Op& op : network_.ops)
            for (const network::TensorId id : network::inputs_of(op))
                read[static_cast<std::size_t>(id)] = true;
        for (std::size_t t = 0; t < read.size(); ++t)
            if (!read[t] || draw.chance(12))
                network_.outputs.push_back(static_cast<network::TensorId>(t));
        return std::move(network_);
    }

  private:
    /// Now and then none although there is one.
    template <typename Suits> std::optional<network::TensorId> satisfying(const Suits& suits) {
        std::vector<network::TensorId> found;
        for (std::size_t t = 0; t < network_.tensors.size(); ++t)
            if (suits(network_.tensors[t].shape))
                found.push_back(static_cast<network::TensorId>(t));
        if (found.empty() || draw.chance(4))
            return std::nullopt;
        return found[draw.chance(2) ? found.size() - 1 : below(found.size())];
    }
    network::TensorId make(const network::Shape& shape) {
        const bool rearranges =
            std::find(options_.kinds.begin(), options_.kinds.end(), "rearrange") != options_.kinds.end();
        if (rearranges && !draw.chance(4))
            if (const auto made = add_rearrange({any()}, shape))
                return *made;
        return add_input(shape);
    }

    template <typename Draw> static std::vector<fixed::FixedType> one_each(std::size_t count, const Draw& one) {
        std::vector<fixed::FixedType> types;
        for (std::size_t i = 0; i < count; ++i)
            types.push_back(one(i));
        return types;
    }
    static fixed::Interval hull(const std::vector<fixed::Interval>& all) {
        fixed::Interval result = all.front();
        for (const fixed::Interval& each : all)
            result = united(result, each);
        return result;
    }

    void draw_accumulator(network::Op& op, const fixed::Interval& sums) {
        std::visit(
            [&](auto& body) {
                if constexpr (requires { body.accumulator; }) {
                    bool adds = true;
                    if constexpr (requires { body.kind; })
                        adds = body.kind == std::decay_t<decltype(body)>::Kind::sum;
                    if (!adds || draw.chance(2))
                        return;
                    body.accumulator.type = draw.chance(3) ? draw.type() : draw.type_near(sums);
                    if (draw.chance(2))
                        body.accumulator.products = network::Accumulator::Products::converted;
                }
            },
            op.body);
    }
    void draw_types(network::TensorId id) {
        const std::vector<fixed::Interval>& exact = ranges_.before_cast(id);
        network::Tensor& tensor = network_.tensor(id);
        const bool near = !draw.chance(4);
        if (!draw.chance(4)) {
            tensor.types = {near ? draw.type_near(hull(exact)) : draw.type()};
            return;
        }
        tensor.types = one_each(tensor.size(), [&](std::size_t i) {
            return draw.chance(12) ? fixed::FixedType{0, 0, true, {}, {}}
                   : near          ? draw.type_near(exact[i])
                                   : draw.type();
        });
    }

    const RandomNetworkOptions& options_;
    network::Network network_;
    network::RangeInference ranges_;
};

} // namespace gw::test
