// hls4ml's four softmax templates (nnet_activation.h): tables indexed by the upper bits of a number.
#include <algorithm>
#include <bit>
#include <cmath>

#include "import/arrange.hpp"
#include "quantize/constants.hpp"
#include "quantize/hls4ml/model.hpp"

namespace gw::quantize::as_hls4ml {

namespace {

const FixedType rounding_table = fixed::ap_fixed(18, 8, fixed::Rounding::rnd, fixed::Overflow::sat);

FixedType setting(const Site& site, const char* key) {
    return site.types().attribute(site.layer(), key).value_or(rounding_table);
}

/// A table indexed by the upper bits of a mantissa, sign bit included: entry i stands for the number that has i there
/// and zeros below.
template <typename Function>
network::Table upper_bits(const Value& x, const FixedType& index, std::int64_t size, const FixedType& values,
                          Function function) {
    const int bits = size <= 1 ? 0 : std::bit_width(static_cast<std::uint64_t>(size - 1));
    const int dropped = index.width - bits;
    network::Table op{};
    op.input = x.tensor;
    op.fraction = index.fraction;
    op.denominator = std::int64_t{1} << dropped;
    const std::int64_t entries = std::int64_t{1} << bits, first = index.is_signed ? -entries / 2 : 0;
    op.offset = -first;
    op.values = {{static_cast<std::uint32_t>(entries)}, values, {}};
    for (std::int64_t k = first; k < first + entries; ++k) {
        const auto number = static_cast<float>(std::ldexp(static_cast<double>(k), dropped - index.fraction));
        op.values.raw.push_back(static_cast<std::int64_t>(fixed::from_double(function(number), values)));
    }
    return op;
}

/// Each slice along the axis, one after the other: {slices, elements}.
struct Slices {
    Value value;
    std::vector<std::uint32_t> back; ///< order of axes that undoes it
    Shape moved;
};

class Softmax {
  public:
    Softmax(const import::Softmax& layer, Site& site) : site_(site) {
        x_ = site.in();
        if (layer.log)
            throw site.refuse("hls4ml has no log_softmax");
        if (layer.axis + 1 != x_.shape.size())
            throw site.refuse("softmax over an axis other than the last has no hls4ml numerics");
        slice_ = x_.shape.back();
        type_ = site.type_of(x_);
        result_ = site.or_default("result");
        const FixedType inverse = setting(site, "inv_table_t");
        size_ = site.types().table_size(site.layer()).value_or(1024);
        const int least = std::min(x_.type.width, inverse.width);
        if (least < 31)
            size_ = std::min(size_, std::int64_t{1} << least);
        accum_ = site.precision("accum").value_or(rounding_table);
    }

    Value run() {
        const std::string way = site_.types().implementation(site_.layer()).value_or("stable");
        if (way == "argmax")
            return argmax();
        if (way == "legacy") {
            if (site_.stream()) // its template reads a constant that its configuration does not set
                size_ = 1024;
            return legacy();
        }
        return way == "latency" ? latency() : stable();
    }

  private:
    Shape one() const {
        Shape shape = x_.shape;
        shape.back() = 1;
        return shape;
    }

    Value along(const char* part, const Value& each, const FixedType& type) {
        std::vector<std::optional<std::uint32_t>> sources;
        for (std::uint32_t i = 0; i < network::elements(x_.shape); ++i)
            sources.emplace_back(i / slice_);
        return rearranged(site_, part, {each}, x_.shape, std::move(sources), type);
    }

    Value largest() {
        return site_.emit("_max", one(), type_, network::Reduce{x_.tensor, {}, network::Reduce::Kind::maximum, {}, {}});
    }

    Value stable() {
        const int sign = type_.is_signed ? 1 : 0;
        const FixedType norm{type_.width - sign, type_.fraction, false};
        std::int64_t size = size_;
        if (sign == 1 && norm.width < 31)
            size = std::min(size, std::int64_t{1} << norm.width);
        const Value most = along("_most", largest(), type_);
        const Value apart = site_.emit("_apart", x_.shape, norm,
                                       network::Merge{{most.tensor, x_.tensor}, {}, network::Merge::Kind::difference});
        return divided(site_.emit(
            "_exp", x_.shape, accum_,
            upper_bits(apart, norm, size, setting(site_, "exp_table_t"), [](float v) { return std::exp(-v); })));
    }

    Value latency() {
        return divided(site_.emit(
            "_exp", x_.shape, accum_,
            upper_bits(x_, type_, size_, setting(site_, "exp_table_t"), [](float v) { return std::exp(v); })));
    }

    Value divided(const Value& powers) {
        const FixedType sum_type = setting(site_, "inv_inp_t"), inverse_type = setting(site_, "inv_table_t");
        const Value sum = site_.emit("_sum", one(), sum_type,
                                     network::Reduce{powers.tensor,
                                                     {},
                                                     network::Reduce::Kind::sum,
                                                     network::Reduce::Order::tree,
                                                     {accum_, network::Accumulator::Products::exact}});
        const Value inverse = site_.emit("_inverse", one(), inverse_type,
                                         upper_bits(sum, sum_type, size_, inverse_type, [](float v) { return 1 / v; }));
        const Value all = along("_all", inverse, inverse_type);
        return site_.emit("", x_.shape, result_,
                          network::Merge{{powers.tensor, all.tensor}, {}, network::Merge::Kind::product});
    }

    /// 1 at the first of the largest.
    Value argmax() {
        const Value most = along("_most", largest(), type_);
        const FixedType apart_type = sum_type(type_, {type_.width, type_.fraction, true});
        const Value apart = site_.emit("_apart", x_.shape, apart_type,
                                       network::Merge{{x_.tensor, most.tensor}, {}, network::Merge::Kind::difference});
        const FixedType bit{1, 0, false};
        const Value is_most =
            site_.emit("_is_most", x_.shape, bit,
                       network::Steps{apart.tensor, {}, {{1}, {1, 0, false}, {0}}, {{2}, {1, 0, false}, {0, 1}}});
        network::Dense before{};
        before.input = is_most.tensor;
        before.weights = {{slice_, slice_}, bit, {}};
        for (std::uint32_t i = 0; i < slice_; ++i)
            for (std::uint32_t j = 0; j < slice_; ++j)
                before.weights.raw.push_back(i < j ? 1 : 0);
        const Value earlier = site_.emit("_earlier", x_.shape, {32, 0, false}, std::move(before));
        const Value nothing = rearranged(site_, "_zero", {is_most}, x_.shape,
                                         std::vector<std::optional<std::uint32_t>>(network::elements(x_.shape)), bit);
        return site_.emit("", x_.shape, result_,
                          network::Select{earlier.tensor, nothing.tensor, is_most.tensor, {}, {{1}, bit, {0}}, false});
    }

    /// 1 / sum of exp(x_j - x_i) over j, for each i; the pairs in a row.
    Value legacy() {
        const FixedType table = site_.types().attribute(site_.layer(), "table_t").value_or(fixed::ap_fixed(18, 8));
        Shape pairs = x_.shape;
        pairs.push_back(slice_);
        std::vector<std::optional<std::uint32_t>> own, other;
        for (std::uint32_t k = 0; k < network::elements(pairs); ++k) {
            own.emplace_back(k / slice_);
            other.emplace_back(k / slice_ / slice_ * slice_ + k % slice_);
        }
        const Value i = rearranged(site_, "_own", {x_}, pairs, own, type_),
                    j = rearranged(site_, "_other", {x_}, pairs, other, type_);
        const Value apart = site_.emit("_apart", pairs, sum_type(type_, {type_.width, type_.fraction, true}),
                                       network::Merge{{j.tensor, i.tensor}, {}, network::Merge::Kind::difference});
        const Value powers =
            site_.emit("_exp", pairs, table, by_index(apart, table, 16, size_ / 2, [&](double k) {
                           return static_cast<double>(std::exp(static_cast<float>(
                               16.0 * (k - static_cast<double>(size_) / 2.0) / static_cast<float>(size_))));
                       }));
        const Value sum = site_.emit("_sum", x_.shape, table,
                                     network::Reduce{powers.tensor,
                                                     {},
                                                     network::Reduce::Kind::sum,
                                                     network::Reduce::Order::sequential,
                                                     {table, network::Accumulator::Products::exact}});
        return site_.emit("", x_.shape, result_, by_index(sum, table, 64, 0, [&](double k) {
                              const auto at = static_cast<float>(64.0 * k / static_cast<float>(size_));
                              return at > 0 ? 1.0 / static_cast<double>(at) : 0.0;
                          }));
    }

    template <typename Function>
    network::Table by_index(const Value& x, const FixedType& values, std::int64_t span, std::int64_t offset,
                            Function function) {
        network::Table op{};
        op.input = x.tensor;
        op.fraction = std::max(0, site_.type_of(x).fraction);
        op.numerator = size_;
        op.denominator = span << op.fraction;
        op.towards_zero = true;
        op.offset = offset;
        op.values = {{static_cast<std::uint32_t>(size_)}, values, {}};
        for (std::int64_t k = 0; k < size_; ++k)
            op.values.raw.push_back(
                static_cast<std::int64_t>(fixed::from_double(function(static_cast<double>(k)), values)));
        return op;
    }

    Site& site_;
    Value x_;
    std::uint32_t slice_ = 1;
    FixedType type_, result_, accum_;
    std::int64_t size_ = 1024;
};

} // namespace

Value lower(const import::Softmax& softmax, Site& site) {
    return Softmax(softmax, site).run();
}

} // namespace gw::quantize::as_hls4ml
