#include "report/float_cpu.hpp"

#include <algorithm>
#include <limits>

#include "support/measure.hpp"

namespace gw::report {
namespace {

constexpr std::size_t block = 64; ///< events side by side, so that the compiler's vectors are full

float value_of(const network::Constant& constant, std::size_t i) {
    return static_cast<float>(fixed::to_double(constant.at(i), constant.type.fraction));
}

std::vector<float> values_of(const network::Constant& constant, std::size_t count) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = value_of(constant, i);
    return values;
}

} // namespace

FloatNetwork::FloatNetwork(const network::Network& network) {
    for (const network::Tensor& tensor : network.tensors)
        sizes_.push_back(tensor.size());
    for (const network::TensorId id : network.inputs)
        inputs_.push_back(static_cast<std::size_t>(id));
    for (const network::TensorId id : network.outputs)
        outputs_.push_back(static_cast<std::size_t>(id));
    for (const network::Op& op : network.ops) {
        Layer layer;
        layer.from = static_cast<std::size_t>(network::input_of(op));
        layer.to = static_cast<std::size_t>(network::output_of(op));
        layer.inputs = sizes_[layer.from];
        layer.outputs = sizes_[layer.to];
        if (const auto* dense = std::get_if<network::Dense>(&op.body)) {
            layer.kind = Layer::Kind::dense;
            layer.weights.resize(layer.inputs * layer.outputs);
            for (std::size_t i = 0; i < layer.inputs; ++i)
                for (std::size_t j = 0; j < layer.outputs; ++j)
                    layer.weights[j * layer.inputs + i] = value_of(dense->weights, i * layer.outputs + j);
            if (dense->bias)
                layer.bias = values_of(*dense->bias, layer.outputs);
        } else if (const auto* affine = std::get_if<network::Affine>(&op.body)) {
            layer.kind = Layer::Kind::affine;
            if (affine->scale)
                layer.weights = values_of(*affine->scale, layer.outputs);
            if (affine->bias)
                layer.bias = values_of(*affine->bias, layer.outputs);
        } else if (const auto* relu = std::get_if<network::Relu>(&op.body)) {
            layer.kind = Layer::Kind::relu;
            layer.ceiling = relu->ceiling ? value_of(*relu->ceiling, 0) : std::numeric_limits<float>::infinity();
        }
        layers_.push_back(std::move(layer));
    }
}

void FloatNetwork::apply(const Layer& layer, const float* from, float* to) {
    for (std::size_t j = 0; j < layer.outputs; ++j) {
        float* out = to + j * block;
        const float bias = layer.bias.empty() ? 0 : layer.bias[j];
        const float* in = from + j * block;
        switch (layer.kind) {
        case Layer::Kind::dense:
            std::fill_n(out, block, bias);
            for (std::size_t i = 0; i < layer.inputs; ++i) {
                const float weight = layer.weights[j * layer.inputs + i];
                for (std::size_t e = 0; e < block; ++e)
                    out[e] += weight * from[i * block + e];
            }
            break;
        case Layer::Kind::affine: {
            const float scale = layer.weights.empty() ? 1 : layer.weights[j];
            for (std::size_t e = 0; e < block; ++e)
                out[e] = in[e] * scale + bias;
            break;
        }
        case Layer::Kind::relu:
            for (std::size_t e = 0; e < block; ++e)
                out[e] = std::min(std::max(in[e], 0.0F), layer.ceiling);
            break;
        case Layer::Kind::copy:
            std::copy_n(in, block, out);
        }
    }
}

std::vector<float> FloatNetwork::run(std::span<const float> inputs) const {
    std::size_t width = 0, height = 0;
    for (const std::size_t tensor : inputs_)
        width += sizes_[tensor];
    for (const std::size_t tensor : outputs_)
        height += sizes_[tensor];
    const std::size_t events = inputs.size() / width;
    std::vector<float> result(events * height);
    std::vector<std::vector<float>> memory;
    for (const std::size_t size : sizes_)
        memory.emplace_back(size * block);
    for (std::size_t first = 0; first < events; first += block) {
        const std::size_t count = std::min(block, events - first);
        std::size_t column = 0;
        for (const std::size_t tensor : inputs_)
            for (std::size_t i = 0; i < sizes_[tensor]; ++i, ++column)
                for (std::size_t e = 0; e < count; ++e)
                    memory[tensor][i * block + e] = inputs[(first + e) * width + column];
        for (const Layer& layer : layers_)
            apply(layer, memory[layer.from].data(), memory[layer.to].data());
        column = 0;
        for (const std::size_t tensor : outputs_)
            for (std::size_t i = 0; i < sizes_[tensor]; ++i, ++column)
                for (std::size_t e = 0; e < count; ++e)
                    result[(first + e) * height + column] = memory[tensor][i * block + e];
    }
    return result;
}

double measure_float(const network::Network& network, std::span<const double> rows, double seconds) {
    const FloatNetwork floats(network);
    const std::vector<float> inputs(rows.begin(), rows.end());
    volatile float sink = 0; // the result must be wanted, or the compiler drops the work
    return support::median_rate(inputs.size() / std::max<std::size_t>(1, network.input_size()), seconds,
                                [&] { sink = floats.run(inputs).front(); });
}

} // namespace gw::report
