// LayerNormalization (nnet_layernorm.h): sums, mean and variance live in the accumulator's type, 1 / sqrt(variance) is
// a table of the variance from 10^-e up to 2^-range, e being the power of ten nearest to epsilon.
#include <algorithm>
#include <cmath>

#include "quantize/constants.hpp"
#include "quantize/hls4ml/model.hpp"

namespace gw::quantize::as_hls4ml {

namespace {

using Kind = network::Merge::Kind;

class LayerNorm {
  public:
    LayerNorm(const import::Normalise& norm, Site& site)
        : norm_(norm), site_(site), shape_(site.shape()), accum_(site.or_default("accum")) {
        if (site.stream())
            throw site.refuse("hls4ml has no LayerNormalization for io_stream");
        if (shape_.size() != 2 || norm.axes != std::vector<std::uint32_t>{1} || !norm.gamma || !norm.beta)
            throw site.refuse("hls4ml has LayerNormalization over the last of two axes, with scale and center, only");
        power_ = -std::nearbyint(std::log10(norm.epsilon));
        if (!(power_ > 0 && power_ < 30))
            throw site.refuse("hls4ml has an epsilon below 0.1 only");
        if (accum_.integer() > 16 || accum_.fraction < 0 || accum_.fraction > 40)
            throw site.refuse("its accumulator " + fixed::to_string(accum_) + " has no LayerNormalization here");
    }

    Value run() {
        const Value x = site_.cast("_input", site_.in(), accum_);
        const Value mean = averaged("_mean", x);
        const Value apart = merged("_difference", Kind::difference, x, spread("_means", mean), accum_);
        const Value square = merged("_square", Kind::product, apart, apart, accum_);
        const Value root = inverse_root(averaged("_variance", square));
        const Value scaled = merged("_normal", Kind::product, apart, spread("_roots", root),
                                    product_type(site_.type_of(apart), site_.type_of(root)));
        const Shape last{shape_[1]};
        network::Affine op{};
        op.input = scaled.tensor;
        const FixedType scale_type = site_.or_default("scale"), bias_type = site_.or_default("bias");
        op.scale = printed(norm_.gamma->values, last, scale_type);
        op.bias = printed(norm_.beta->values, last, bias_type);
        const FixedType inferred = site_.types().sum_type(site_.in().type, scale_type, bias_type, 1);
        return site_.emit("", shape_, site_.precision("result").value_or(inferred), std::move(op));
    }

  private:
    Value merged(const std::string& part, Kind kind, const Value& a, const Value& b, const FixedType& type) {
        return site_.emit(part, a.shape, type, network::Merge{{a.tensor, b.tensor}, {}, kind});
    }

    /// Summed one by one in the accumulator's type, times 1 / n as that type has it.
    Value averaged(const std::string& part, const Value& x) {
        network::Reduce sum{};
        sum.input = x.tensor;
        sum.accumulator = {accum_, network::Accumulator::Products::exact};
        const Value all = site_.emit(part + "_sum", {shape_[0], 1}, accum_, std::move(sum));
        return site_.emit(part, all.shape, accum_,
                          network::Affine{all.tensor, {}, literal(1.0 / shape_[1], accum_), {}});
    }

    /// One value a row, repeated along it.
    Value spread(const std::string& part, const Value& x) {
        std::vector<std::optional<std::uint32_t>> sources;
        for (std::uint32_t row = 0; row < shape_[0]; ++row)
            sources.insert(sources.end(), shape_[1], row);
        return rearranged(site_, part, {x}, shape_, std::move(sources), site_.type_of(x));
    }

    Value inverse_root(const Value& variance) {
        const FixedType type = site_.types().attribute(site_.layer(), "table_t").value_or(default_table());
        const std::int64_t size = site_.types().table_size(site_.layer()).value_or(4096);
        const auto least = static_cast<float>(std::pow(10.0, -power_));
        const std::int32_t range = site_.types().table_range_power2(site_.layer()).value_or(0);
        const float step = std::ldexp(1.0F, -range) / static_cast<float>(size);
        network::Table op{};
        op.input = variance.tensor;
        op.fraction = accum_.fraction;
        op.numerator = size << range;
        op.denominator = std::int64_t{1} << op.fraction;
        op.towards_zero = true;
        op.values = {{static_cast<std::uint32_t>(size)}, type, {}};
        for (std::int64_t i = 0; i < size; ++i) {
            const float at = least + step * static_cast<float>(i);
            const double value = 1.0 / static_cast<double>(std::sqrt(at));
            op.values.raw.push_back(static_cast<std::int64_t>(fixed::from_double(value, type)));
        }
        return site_.emit("_root", variance.shape, type, std::move(op));
    }

    static FixedType default_table() { return fixed::ap_ufixed(8, 5, fixed::Rounding::rnd_conv, fixed::Overflow::sat); }

    const import::Normalise& norm_;
    Site& site_;
    const Shape shape_;
    FixedType accum_;
    double power_ = 0;
};

} // namespace

Value lower(const import::Normalise& normalise, Site& site) {
    return LayerNorm(normalise, site).run();
}

} // namespace gw::quantize::as_hls4ml
