// Pools: a maximum over values of the input's type, the lowest of which stands for padding (so for unsigned types
// padding can win); an average divides the accumulated sum towards zero.
#include <algorithm>

#include "network/window.hpp"
#include "quantize/constants.hpp"
#include "quantize/hls4ml/model.hpp"

namespace gw::quantize::as_hls4ml {

namespace {

int log2_up(std::size_t n) {
    int bits = 0;
    while ((std::size_t{1} << bits) < n)
        ++bits;
    return bits;
}

struct Pooled {
    network::Window window;
    Shape shape; ///< spatial and channels
    bool maximum = true, padded = false, count_padding = false;
    FixedType accum, result;
};

Value pooled(Site& site, const Value& x, const Pooled& how) {
    const FixedType type = site.type_of(x);
    network::Pool op{};
    op.input = x.tensor;
    op.window = how.window;
    if (how.maximum) {
        if (how.padded)
            op.padding = Constant{{1}, type, {}};
        if (how.padded)
            op.padding->raw.push_back(type.is_signed ? -(std::int64_t{1} << (type.width - 1))
                                                     : std::int64_t{1} << (type.width - 1));
        return site.cast("", site.emit("_max", how.shape, how.accum, std::move(op)), how.result);
    }
    op.kind = network::Pool::Kind::sum;
    op.accumulator = {how.accum, network::Accumulator::Products::exact};
    const Value sum = site.emit("_sum", how.shape, how.accum, std::move(op));
    const Shape from = network::spatial(x.shape), to = network::spatial(how.shape);
    std::vector<double> counts;
    for (std::size_t p = 0; p < network::elements(to); ++p) {
        const auto seen = network::seen(how.window, from, to, p);
        const auto inside = std::count_if(seen.begin(), seen.end(), [](const auto& at) { return at.has_value(); });
        counts.insert(counts.end(), how.shape.back(),
                      how.count_padding ? static_cast<double>(seen.size()) : static_cast<double>(inside));
    }
    if (std::all_of(counts.begin(), counts.end(), [&](double count) { return count == counts.front(); }))
        counts.resize(1);
    FixedType quotient = how.accum;
    quotient.rounding = fixed::Rounding::trn_zero;
    const Value mean =
        site.emit("_mean", how.shape, quotient,
                  network::Divide{sum.tensor, {}, rounded(counts, {static_cast<std::uint32_t>(counts.size())}, 0)});
    return site.cast("", mean, how.result);
}

} // namespace

Value lower(const import::Pool& pool, Site& site) {
    const Value x = site.in();
    Pooled how;
    how.window = {pool.window.size, pool.window.strides, pool.window.dilation, pool.window.pad_before};
    how.shape = site.shape();
    how.maximum = pool.kind == import::Pool::Kind::maximum;
    how.count_padding = pool.count_padding;
    for (std::size_t a = 0; a < pool.window.size.size(); ++a)
        how.padded = how.padded || pool.window.pad_before[a] > 0 || pool.window.pad_after[a] > 0;
    const int extra = log2_up(network::taps(how.window));
    FixedType accum = x.type;
    if (!how.maximum)
        accum = {x.type.width + 2 * extra, x.type.fraction + extra, x.type.is_signed};
    how.accum = site.precision("accum").value_or(accum);
    how.result = site.precision("result").value_or(x.type);
    return pooled(site, x, how);
}

/// Global pools; hls4ml infers no types for them.
Value lower(const import::Reduce& reduce, Site& site) {
    const Value x = site.in();
    const bool maximum = reduce.kind == import::Reduce::Kind::maximum;
    if ((!maximum && reduce.kind != import::Reduce::Kind::mean) || reduce.axes.size() + 1 != x.shape.size())
        throw site.refuse("hls4ml has reductions over all positions only, as global pools");
    Pooled how;
    how.maximum = maximum;
    how.window.size = network::spatial(x.shape);
    how.window.strides.assign(how.window.size.size(), 1);
    how.window.dilation.assign(how.window.size.size(), 1);
    how.window.pad_before.assign(how.window.size.size(), 0);
    how.shape.assign(how.window.size.size(), 1);
    how.shape.push_back(x.shape.back());
    how.accum = site.or_default("accum");
    how.result = site.or_default("result");
    const Value y = pooled(site, x, how);
    std::vector<std::optional<std::uint32_t>> all;
    for (std::uint32_t i = 0; i < network::elements(site.shape()); ++i)
        all.emplace_back(i);
    return rearranged(site, "_flat", {y}, site.shape(), std::move(all), how.result);
}

} // namespace gw::quantize::as_hls4ml
