#include <cmath>

#include <fmt/format.h>

#include "floating/layers.hpp"
#include "support/error.hpp"

namespace gw::floating {

Values compute(const import::Constant& constant, const Context&) {
    return constant.values.values;
}

Values compute(const import::Concatenate& concatenate, const Context& context) {
    std::size_t inner = 1, outer = 1;
    for (std::size_t k = 0; k < context.out().size(); ++k)
        (k < concatenate.axis ? outer : inner) *= k == concatenate.axis ? 1 : context.out()[k];
    Values y;
    for (std::size_t block = 0; block < outer; ++block)
        for (std::size_t k = 0; k < context.inputs.size(); ++k) {
            const std::size_t run = inner * context.in(k)[concatenate.axis];
            const auto begin = context.x(k).begin() + static_cast<std::ptrdiff_t>(block * run);
            y.insert(y.end(), begin, begin + static_cast<std::ptrdiff_t>(run));
        }
    return y;
}

Values compute(const import::Rearrange& rearrange, const Context& context) {
    Values y;
    for (const auto& source : rearrange.sources)
        y.push_back(source ? context.x().at(*source) : rearrange.fill);
    return y;
}

Values compute(const import::Embedding& embedding, const Context& context) {
    const std::size_t entries = embedding.table.shape[0], width = embedding.table.shape[1];
    Values y;
    for (const double index : context.x()) {
        if (index < 0 || index >= static_cast<double>(entries) || index != std::floor(index))
            throw support::user_error(
                fmt::format("layer '{}': {} is no index of its {} entries", context.layer.name, index, entries),
                context.graph.file, "give whole numbers from 0");
        for (std::size_t k = 0; k < width; ++k)
            y.push_back(embedding.table.values[static_cast<std::size_t>(index) * width + k]);
    }
    return y;
}

Values compute(const import::Reshape&, const Context& context) {
    return context.x();
}

Values compute(const import::Linear&, const Context& context) {
    return context.x();
}

} // namespace gw::floating
