// Pools over windows and over whole images.
#include "import/keras_window.hpp"

namespace gw::import {

namespace {

std::vector<LayerId> read_pool(KerasLayer& layer, std::size_t axes, Pool::Kind kind) {
    const bool first = is_channels_first(layer);
    const auto size = layer.extents("pool_size", axes, 1, 2);
    const bool given = !layer.config.take("strides").is_null();
    const auto strides = given ? layer.extents("strides", axes, 1, 1) : size;
    const std::string padding = layer.config.text("padding").value_or("valid");
    if (!layer.require_rank(axes + 1, axes + 1))
        return {};
    const LayerId input = channels_last(layer, first, layer.inputs[0]);
    const Shape in = layer.shape_of(input);
    Shape out;
    const auto window = keras_window(layer, {in.begin(), in.end() - 1}, size, strides,
                                     std::vector<std::uint32_t>(axes, 1), padding, out);
    if (!window)
        return {};
    out.push_back(in.back());
    return {channels_first(layer, first, layer.add(input, out, Pool{kind, *window, false}))};
}

std::vector<LayerId> read_global_pool(KerasLayer& layer, std::size_t axes, Reduce::Kind kind) {
    const bool first = is_channels_first(layer), keep = layer.config.flag("keepdims", false);
    if (!layer.require_rank(axes + 1, axes + 1))
        return {};
    Reduce reduce{kind, {}};
    Shape out = layer.shape();
    const std::size_t from = first ? 1 : 0;
    for (std::size_t k = 0; k < axes; ++k) {
        reduce.axes.push_back(static_cast<std::uint32_t>(from + k));
        out[from + k] = 1;
    }
    if (!keep)
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(from),
                  out.begin() + static_cast<std::ptrdiff_t>(from + axes));
    return {layer.add(layer.inputs[0], out, std::move(reduce))};
}

} // namespace

void add_pools(KerasReaders& readers) {
    for (const std::size_t axes : {1U, 2U}) {
        const std::string n = std::to_string(axes) + "D";
        readers["MaxPooling" + n] = [axes](KerasLayer& l) { return read_pool(l, axes, Pool::Kind::maximum); };
        readers["AveragePooling" + n] = [axes](KerasLayer& l) { return read_pool(l, axes, Pool::Kind::average); };
        readers["GlobalMaxPooling" + n] = [axes](KerasLayer& l) {
            return read_global_pool(l, axes, Reduce::Kind::maximum);
        };
        readers["GlobalAveragePooling" + n] = [axes](KerasLayer& l) {
            return read_global_pool(l, axes, Reduce::Kind::mean);
        };
    }
}

} // namespace gw::import
