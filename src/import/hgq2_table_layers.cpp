// What the layers of tables sum: the terms of QDenseT, of windows (QConvT1D, QConvT2D) and of named axes
// (QEinsumDenseT).
#include <algorithm>

#include <fmt/format.h>

#include "import/arrange.hpp"
#include "import/hgq2_table.hpp"
#include "import/keras_window.hpp"

namespace gw::import {

namespace {

/// Every position's inputs with every output: terms {positions..., inputs, outputs}.
std::vector<LayerId> dense_tables(KerasLayer& layer, const Arranged& rows, std::uint32_t outputs) {
    const TableSettings settings = take_table_settings(layer);
    const bool biased = layer.config.flag("use_bias", true);
    Terms terms;
    terms.shape = rows.shape;
    terms.shape.push_back(outputs);
    if (!require_few_terms(layer, terms.shape))
        return {};
    const auto rank = static_cast<std::uint32_t>(terms.shape.size());
    terms.kernel_axes = terms.bias_axes = {rank - 2, rank - 1};
    terms.summed = {rank - 2};
    terms.channel_axes = {rank - 1};
    for (const auto& source : rows.body.sources)
        terms.input.insert(terms.input.end(), outputs, source);
    Networks networks = read_networks(layer, settings, terms, biased);
    KerasWeights norm = layer.weights.part({"bn_module"});
    if (settings.normalised)
        read_table_normalisation(layer, settings, terms, norm, networks);
    return summed_tables(layer, terms, networks);
}

std::vector<LayerId> read_dense(KerasLayer& layer) {
    const std::uint32_t outputs = layer.config.count("n_out").value_or(1);
    if (!layer.require_rank(1, 6))
        return {};
    std::vector<std::vector<std::optional<std::uint32_t>>> all;
    for (const std::uint32_t extent : layer.shape())
        all.push_back(whole(extent));
    return dense_tables(layer, picked(layer.shape(), all), outputs);
}

/// The windows as rows {positions..., window * channels}.
std::vector<LayerId> read_convolution(KerasLayer& layer, std::size_t axes) {
    const std::uint32_t filters = layer.config.count("filters").value_or(1);
    const auto size = layer.extents("kernel_size", axes, 1, 1), strides = layer.extents("strides", axes, 1, 1),
               dilation = layer.extents("dilation_rate", axes, 1, 1);
    const std::string padding = layer.config.text("padding").value_or("valid");
    if (layer.config.text("data_format").value_or("channels_last") != "channels_last")
        layer.config.problem("data_format", "other than channels_last is not understood");
    layer.config.require_number("groups", 1);
    if (!layer.require_rank(axes + 1, axes + 1))
        return {};
    const Shape in = layer.shape(), spatial(in.begin(), in.end() - 1);
    Arranged rows;
    const auto window = keras_window(layer, spatial, size, strides, dilation, padding, rows.shape);
    if (!window)
        return {};
    const std::size_t positions = network::elements(rows.shape), taps = network::elements(size), channels = in.back();
    for (std::size_t p = 0; p < positions; ++p)
        for (std::size_t t = 0; t < taps; ++t) {
            std::size_t at = p, tap = t, stride = channels;
            std::optional<std::size_t> source = 0;
            for (std::size_t a = axes; a-- > 0; stride *= spatial[a]) {
                const auto place =
                    static_cast<std::int64_t>(at % rows.shape[a] * strides[a] + tap % size[a] * dilation[a]) -
                    window->pad_before[a];
                at /= rows.shape[a];
                tap /= size[a];
                const bool inside = place >= 0 && place < static_cast<std::int64_t>(spatial[a]);
                source =
                    source && inside ? std::optional(*source + static_cast<std::size_t>(place) * stride) : std::nullopt;
            }
            for (std::size_t c = 0; c < channels; ++c)
                rows.body.sources.push_back(source ? std::optional(static_cast<std::uint32_t>(*source + c))
                                                   : std::nullopt);
        }
    rows.shape.push_back(static_cast<std::uint32_t>(taps * channels));
    return dense_tables(layer, rows, filters);
}

/// "...c,co->...o" with the ellipsis written out and the event's letter gone.
struct Equation {
    std::string left, right, out;
};

std::optional<Equation> parsed(const std::string& equation, std::size_t rank) {
    const std::size_t comma = equation.find(','), arrow = equation.find("->");
    if (comma == std::string::npos || arrow == std::string::npos || comma > arrow)
        return std::nullopt;
    Equation made{equation.substr(0, comma), equation.substr(comma + 1, arrow - comma - 1), equation.substr(arrow + 2)};
    if (made.left.find("...") != std::string::npos) {
        const std::string spare = std::string("0123456789").substr(0, rank + 4 - std::min(rank + 4, made.left.size()));
        for (std::string* side : {&made.left, &made.out})
            if (const std::size_t dots = side->find("..."); dots != std::string::npos)
                side->replace(dots, 3, spare);
    }
    if (made.left.size() != rank + 1 || made.out.empty() || made.left[0] != made.out[0] || made.right.empty())
        return std::nullopt;
    made.left.erase(0, 1);
    made.out.erase(0, 1);
    return made;
}

std::vector<std::uint32_t> axes_of(const std::string& letters, const std::string& of) {
    std::vector<std::uint32_t> axes;
    for (const char letter : of)
        if (const std::size_t at = letters.find(letter); at != std::string::npos)
            axes.push_back(static_cast<std::uint32_t>(at));
    return axes;
}

/// The terms have the input's letters, then those that only the kernel has, whose extents the output's shape tells.
std::optional<Terms> named_terms(const Equation& equation, const Shape& input, const Json& output_shape,
                                 const std::optional<std::string>& channels) {
    Terms terms;
    terms.shape = input;
    std::string letters = equation.left, kept, common;
    const Json sizes = output_shape.is_array() ? output_shape : Json::array({output_shape});
    for (const char letter : equation.right) {
        const std::size_t at = equation.out.find(letter);
        if (at != std::string::npos)
            common += letter;
        if (letters.find(letter) != std::string::npos)
            continue;
        const std::size_t from_end = equation.out.size() - std::min(at, equation.out.size());
        if (from_end == 0 || from_end > sizes.size() || !sizes[sizes.size() - from_end].is_number_unsigned())
            return std::nullopt;
        terms.shape.push_back(sizes[sizes.size() - from_end].get<std::uint32_t>());
        letters += letter;
    }
    for (std::uint32_t k = 0; k < letters.size(); ++k)
        if (equation.out.find(letters[k]) == std::string::npos)
            terms.summed.push_back(k);
        else
            kept += letters[k];
    if (kept.size() != equation.out.size() || terms.summed.empty())
        return std::nullopt;
    terms.kernel_axes = terms.bias_axes = axes_of(letters, equation.right);
    std::sort(terms.bias_axes.begin(), terms.bias_axes.end());
    terms.order = axes_of(kept, equation.out);
    terms.channel_axes = axes_of(letters, channels.value_or(common));
    return terms;
}

std::vector<LayerId> read_einsum(KerasLayer& layer) {
    const std::string text = layer.config.text("equation").value_or("");
    const TableSettings settings = take_table_settings(layer);
    const auto biased = layer.config.text("bias_axes");
    const auto normalised = layer.config.text("normalize_axes");
    const Json& output_shape = layer.config.take("output_shape");
    if (!layer.require_rank(1, 6))
        return {};
    const auto equation = parsed(text, layer.shape().size());
    auto terms =
        equation ? named_terms(*equation, layer.shape(), output_shape, normalised ? normalised : biased) : std::nullopt;
    if (!terms) {
        layer.config.problem("equation", fmt::format("is '{}', which is not understood", text));
        return {};
    }
    if (!require_few_terms(layer, terms->shape))
        return {};
    const std::vector<std::uint32_t> own = axes_of(equation->left, equation->left);
    for (std::size_t i = 0; i < network::elements(terms->shape); ++i)
        terms->input.emplace_back(static_cast<std::uint32_t>(terms->index(i, own)));
    // HGQ2 builds the first hidden stage for as many inputs as it has outputs, and then gives it one: it is broadcast.
    Networks networks = read_networks(layer, settings, *terms, biased && !settings.normalised,
                                      settings.hidden > 0 ? settings.width : 1);
    if (settings.normalised)
        read_table_normalisation(layer, settings, *terms, layer.weights, networks);
    return summed_tables(layer, *terms, networks);
}

} // namespace

void add_hgq2_tables(KerasReaders& readers) {
    readers["hgq.QDenseT"] = read_dense;
    readers["hgq.QEinsumDenseT"] = read_einsum;
    readers["hgq.QConvT1D"] = [](KerasLayer& layer) { return read_convolution(layer, 1); };
    readers["hgq.QConvT2D"] = [](KerasLayer& layer) { return read_convolution(layer, 2); };
}

} // namespace gw::import
