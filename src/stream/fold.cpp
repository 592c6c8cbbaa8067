// Weights and bias of a beat are tables that its number is the index of (Embedding), the product is one of two values
// that vary (MatMul). The bias is the first term, times a constant 1, as it is where an accumulator's sum begins.
#include "stream/fold.hpp"

#include <algorithm>

#include "datapath/constant_product.hpp"
#include "fixed/interval.hpp"
#include "support/error.hpp"

namespace gw::stream {

namespace {

using fixed::FixedType;
using fixed::Int128;
using fixed::Interval;
using network::Constant;
using network::Network;
using network::Op;
using network::TensorId;

/// A dense op, or a convolution over what stands under its window.
struct Product {
    const Constant& weights;
    const std::optional<Constant>& bias;
    const network::Accumulator& accumulator;

    std::uint32_t outputs() const { return weights.shape.back(); }
    std::uint32_t inputs() const { return static_cast<std::uint32_t>(weights.raw.size() / outputs()); }
    std::int64_t weight(std::size_t i, std::size_t j) const { return weights.raw[i * outputs() + j]; }
};

std::optional<Product> product_of(const Op& op) {
    if (const auto* dense = std::get_if<network::Dense>(&op.body))
        return Product{dense->weights, dense->bias, dense->accumulator};
    if (const auto* conv = std::get_if<network::Conv>(&op.body); conv != nullptr && conv->groups == 1)
        return Product{conv->weights, conv->bias, conv->accumulator};
    return std::nullopt;
}

Product need(const Op& op) {
    if (const auto product = product_of(op))
        return *product;
    throw support::internal_error("an op that cannot be folded", op.name);
}

/// Whether a sum of sums of slices is the op's sum: exact, or modulo the accumulator's range with each product rounded
/// alone.
bool sums_by_slices(const network::Accumulator& accumulator) {
    if (!accumulator.type)
        return true;
    const bool alone = accumulator.products == network::Accumulator::Products::converted ||
                       datapath::shifts_with_step(accumulator.type->rounding);
    return alone && accumulator.type->overflow == fixed::Overflow::wrap;
}

bool same_types_in_groups(const network::Tensor& tensor, std::uint32_t groups) {
    const std::size_t channels = tensor.shape.back(), size = channels / groups;
    for (std::size_t i = 0; i < tensor.size(); ++i)
        if (tensor.type(i) != tensor.type(i % size))
            return false;
    return true;
}

std::uint32_t shares(std::uint32_t of, std::uint32_t parts) {
    return (of + parts - 1) / parts;
}

/// Range of output j over inputs [first, last), bias included where first is 0.
Interval range_of(const Product& product, const std::vector<FixedType>& types, std::size_t j, std::size_t first,
                  std::size_t last) {
    Interval sum = Interval::point(0, 0);
    if (first == 0 && product.bias)
        sum = sum + Interval::point(product.bias->at(j), product.bias->type.fraction);
    for (std::size_t i = first; i < std::min<std::size_t>(last, product.inputs()); ++i)
        sum = sum + fixed::scaled(Interval::of(types[i]), product.weight(i, j), product.weights.type.fraction);
    return sum;
}

/// The smallest type for the sums of output s of every group, over each part of so many inputs.
FixedType type_of_sums(const Product& product, const std::vector<FixedType>& types, const Fold& fold, std::uint32_t s,
                       std::uint32_t part) {
    std::optional<Interval> all;
    const std::uint32_t size = product.outputs() / fold.outputs;
    for (std::uint32_t group = 0; group < fold.outputs; ++group)
        for (std::uint32_t first = 0; first < product.inputs(); first += part) {
            const Interval one = range_of(product, types, group * size + s, first, first + part);
            all = all ? fixed::united(*all, one) : one;
        }
    return fixed::smallest_type(*all);
}

std::vector<FixedType> types_of_sums(const Product& product, const std::vector<FixedType>& types, const Fold& fold,
                                     std::uint32_t part) {
    const std::uint32_t size = product.outputs() / fold.outputs;
    if (product.accumulator.type)
        return std::vector<FixedType>(size, *product.accumulator.type);
    std::vector<FixedType> sums;
    for (std::uint32_t s = 0; s < size; ++s)
        sums.push_back(type_of_sums(product, types, fold, s, part));
    return sums;
}

/// {beats, width} of values by beat, row and column.
template <typename Value>
Constant table(const Fold& fold, std::size_t width, const FixedType& type, const Value& value) {
    Constant made{{fold.beats(), static_cast<std::uint32_t>(width)}, type, {}};
    for (std::uint32_t group = 0; group < fold.outputs; ++group)
        for (std::uint32_t slice = 0; slice < fold.inputs; ++slice)
            for (std::size_t k = 0; k < width; ++k)
                made.raw.push_back(value(group, slice, k));
    return made;
}

/// Adds the ops of one beat.
class Beat {
  public:
    Beat(Network& piece, const Op& op, const Fold& fold, TensorId number)
        : piece_(piece), name_(op.name), product_(need(op)), fold_(fold), number_(number),
          slice_(shares(product_.inputs(), fold.inputs)), size_(product_.outputs() / fold.outputs) {}

    void add(TensorId x, const std::vector<FixedType>& types, TensorId out) {
        std::vector<TensorId> terms{x}, rows{weights()};
        if (product_.bias) {
            terms.insert(terms.begin(), one());
            rows.insert(rows.begin(), bias());
        }
        const std::uint32_t count = slice_ + (product_.bias ? 1 : 0);
        const TensorId left = in_a_row("_terms", terms, {1, 1, count}),
                       right = in_a_row("_rows", rows, {1, count, size_});
        if (fold_.inputs > 1)
            piece_.tensor(out).types = types_of_sums(product_, types, fold_, slice_);
        piece_.ops.push_back({name_, network::MatMul{left, right, out, product_.accumulator}});
    }

  private:
    TensorId looked_up(const char* what, const Constant& table) {
        const TensorId made = piece_.add({name_ + what, {1, table.shape[1]}, {table.type}});
        piece_.ops.push_back({name_ + what, network::Embedding{number_, made, table}});
        return made;
    }
    TensorId weights() {
        return looked_up("_weights", table(fold_, std::size_t{slice_} * size_, product_.weights.type,
                                           [&](std::uint32_t group, std::uint32_t part, std::size_t k) {
                                               const std::size_t i = part * slice_ + k / size_;
                                               const bool there = i < product_.inputs();
                                               return there ? product_.weight(i, group * size_ + k % size_) : 0;
                                           }));
    }
    TensorId bias() {
        return looked_up("_bias", table(fold_, size_, product_.bias->type,
                                        [&](std::uint32_t group, std::uint32_t part, std::size_t k) {
                                            return part == 0 ? product_.bias->at(group * size_ + k) : 0;
                                        }));
    }
    TensorId one() {
        const FixedType bit{1, 0, false, fixed::Rounding::trn, fixed::Overflow::wrap};
        return looked_up("_one", {{1, 1}, bit, {1}});
    }
    TensorId in_a_row(const char* what, const std::vector<TensorId>& parts, network::Shape shape) {
        network::Tensor all{name_ + what, std::move(shape), {}};
        for (const TensorId part : parts)
            for (std::size_t i = 0; i < piece_.tensor(part).size(); ++i)
                all.types.push_back(piece_.tensor(part).type(i));
        network::Rearrange joined{parts, {}, {}};
        for (std::uint32_t i = 0; i < all.types.size(); ++i)
            joined.sources.emplace_back(i);
        joined.output = piece_.add(std::move(all));
        piece_.ops.push_back({name_ + what, joined});
        return joined.output;
    }

    Network& piece_;
    std::string name_;
    Product product_;
    Fold fold_;
    TensorId number_;
    std::uint32_t slice_, size_; ///< inputs and outputs of a beat
};

} // namespace

std::optional<Fold> choose_fold(const Network& network, const Op& op, std::uint32_t reuse) {
    const auto product = product_of(op);
    if (!product)
        return std::nullopt;
    const network::Tensor& out = network.tensor(network::output_of(op));
    const bool sliced = sums_by_slices(product->accumulator);
    Fold best;
    const auto multipliers = [&](const Fold& fold) {
        return std::uint64_t{product->outputs() / fold.outputs} * shares(product->inputs(), fold.inputs);
    };
    for (std::uint32_t groups = std::min(reuse, product->outputs()); groups >= 1; --groups) {
        if (product->outputs() % groups != 0 || !same_types_in_groups(out, groups))
            continue;
        const std::uint32_t most = sliced ? std::min(reuse / groups, product->inputs()) : 1;
        // as few slices as give that size
        const Fold fold{groups, shares(product->inputs(), shares(product->inputs(), most))};
        if (multipliers(fold) < multipliers(best))
            best = fold;
    }
    return best.beats() > 1 ? std::optional(best) : std::nullopt;
}

std::uint32_t slice_size(const Op& op, const Fold& fold) {
    return shares(need(op).inputs(), fold.inputs);
}

std::vector<FixedType> slice_types(const std::vector<FixedType>& types, const Fold& fold) {
    const std::uint32_t size = shares(static_cast<std::uint32_t>(types.size()), fold.inputs);
    if (fold.inputs == 1)
        return types;
    std::vector<FixedType> slice;
    for (std::uint32_t k = 0; k < size; ++k) {
        Interval all = Interval::of(types[k]);
        for (std::size_t i = k; i < types.size(); i += size)
            all = fixed::united(all, Interval::of(types[i]));
        slice.push_back(fixed::smallest_type(all));
    }
    return slice;
}

std::vector<FixedType> sum_types(const Op& op, const std::vector<FixedType>& types, const Fold& fold) {
    const Product product = need(op);
    return types_of_sums(product, types, fold, product.inputs());
}

void add_folded(Network& piece, const Op& op, const Fold& fold, TensorId x, TensorId beat,
                const std::vector<FixedType>& types, TensorId out) {
    Beat(piece, op, fold, beat).add(x, types, out);
}

} // namespace gw::stream
