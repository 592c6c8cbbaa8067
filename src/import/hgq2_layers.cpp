// HGQ2's layers: the Keras layer of the same name between quantisers of its inputs (iq), weights (kq, bq) and output
// (oq).
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "support/error.hpp"

#include "import/hgq2_quantizer.hpp"

namespace gw::import {

namespace {

/// The settings that all of them share.
class Hgq2Layer {
  public:
    explicit Hgq2Layer(KerasLayer& layer) : layer_(layer) {
        layer.config.ignore({"enable_ebops", "ebops_factor", "beta0", "parallelization_factor", "quantization_config",
                             "allow_heterogeneous_table", "allow_heterogeneous_input"});
        const bool has_input = layer.config.flag("enable_iq", false),
                   has_output = layer.config.flag("enable_oq", false);
        const Json& one = layer.config.take("iq_conf");
        const Json& several = layer.config.take("iq_confs");
        const Json& out = layer.config.take("oq_conf");
        if (has_input && several.is_array())
            quantise_inputs(several);
        else if (has_input && !layer.inputs.empty())
            layer.inputs[0] = quantised(layer, "_iq", layer.inputs[0], read("iq", one));
        if (has_output)
            output_ = read("oq", out);
        kernel_ = read("kq", layer.config.take("kq_conf"));
        bias_ = read("bq", layer.config.take("bq_conf"));
    }

    std::optional<Hgq2Quantizer> read(const char* part, const Json& config) const {
        return read_hgq2_quantizer(layer_, part, config, layer_.weights.part({part}));
    }
    const std::optional<Hgq2Quantizer>& kernel() const { return kernel_; }
    const std::optional<Hgq2Quantizer>& bias() const { return bias_; }

    void quantise_weights() {
        layer_.on_weight = [this](const std::string& name, FloatArray weights) {
            const auto& quantizer = name == "bias" ? bias_ : kernel_;
            return quantizer ? quantizer->apply(weights) : weights;
        };
    }

    /// The outputs behind oq; the bookkeeping of bits in the file is passed over.
    std::vector<LayerId> finish(std::vector<LayerId> outputs) {
        layer_.on_weight = nullptr;
        while (layer_.weights.left() > 0)
            layer_.weights.skip();
        if (outputs.size() == 1)
            outputs[0] = quantised(layer_, "_oq", outputs[0], output_);
        return outputs;
    }

  private:
    void quantise_inputs(const Json& configs) {
        const KerasWeights all = layer_.weights.part({"iq"}).part({"quantizers"});
        for (std::size_t k = 0; k < layer_.inputs.size() && k < configs.size(); ++k) {
            const std::string group = k == 0 ? "quantizer" : fmt::format("quantizer_{}", k);
            const auto own = read_hgq2_quantizer(layer_, fmt::format("iq {}", k), configs[k], all.part({group}));
            layer_.inputs[k] = quantised(layer_, fmt::format("_iq{}", k), layer_.inputs[k], own);
        }
    }

    KerasLayer& layer_;
    std::optional<Hgq2Quantizer> kernel_, bias_, output_;
};

/// Of the Keras class of the same name without Q.
ReadKerasLayer of(ReadKerasLayer plain) {
    return [plain = std::move(plain)](KerasLayer& layer) {
        Hgq2Layer hgq(layer);
        hgq.quantise_weights();
        return hgq.finish(plain(layer));
    };
}

std::vector<LayerId> read_quantizer(KerasLayer& layer) {
    if (!layer.require_inputs(1, 1))
        return {};
    const auto own = read_hgq2_quantizer(layer, "config", layer.config.take("config"), layer.weights);
    return {quantised(layer, "", layer.inputs[0], own)};
}

/// scale = gamma / sqrt(variance + epsilon) and offset = beta - mean * scale, in float32, then quantised. Without
/// `center`, beta is 1 (HGQ2 0.2.0).
std::vector<LayerId> read_batch_norm(KerasLayer& layer) {
    Hgq2Layer hgq(layer);
    layer.config.ignore({"momentum", "synchronized", "renorm_clipping", "renorm_momentum", "beta_initializer",
                         "gamma_initializer", "moving_mean_initializer", "moving_variance_initializer",
                         "beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"});
    layer.config.require_flag("renorm", false);
    const Json& given = layer.config.take("axis");
    const auto epsilon = static_cast<float>(layer.config.number("epsilon").value_or(1e-3));
    const bool center = layer.config.flag("center", true), scale = layer.config.flag("scale", true);
    if (!layer.require_rank(1, 7))
        return {};
    const auto axis = layer.axis(given.is_null() ? Json(-1) : given, "axis", layer.shape().size());
    if (!axis)
        return {};
    const Shape shape{layer.shape()[*axis]};
    const std::vector<double> ones(shape[0], 1.0);
    const auto gamma = scale ? layer.weight("gamma", shape).values : ones;
    const auto beta = center ? layer.weight("beta", shape).values : ones;
    const auto mean = layer.weight("moving_mean", shape).values;
    const auto variance = layer.weight("moving_variance", shape).values;
    FloatArray factor{shape, {}, {}, {}}, offset{shape, {}, {}, {}};
    for (std::size_t i = 0; i < shape[0]; ++i) {
        const float root = std::sqrt(static_cast<float>(variance[i]) + epsilon);
        const float own = static_cast<float>(gamma[i]) / root;
        const float product = static_cast<float>(mean[i]) * own;
        factor.values.push_back(own);
        offset.values.push_back(static_cast<float>(beta[i]) - product);
    }
    Scale body{hgq.kernel() ? hgq.kernel()->apply(factor) : factor, hgq.bias() ? hgq.bias()->apply(offset) : offset};
    Shape aligned(layer.shape().size() - *axis, 1);
    aligned[0] = shape[0];
    body.scale->shape = aligned;
    body.bias->shape = aligned;
    return hgq.finish({layer.add(layer.inputs[0], layer.shape(), std::move(body))});
}

/// Kernel and bias with a batch normalisation multiplied in before they are quantised. Its epsilon is Keras's own.
std::vector<LayerId> read_einsum_batch_norm(KerasLayer& layer, const ReadKerasLayer& plain) {
    Hgq2Layer hgq(layer);
    KerasWeights weights = layer.weights.again();
    const auto next = [&](const char* name) {
        return weights.next(name, weights.next_shape().value_or(Shape{}), layer.where(), layer.model.problems);
    };
    next("kernel");
    next("bias");
    const FloatArray gamma = next("gamma");
    next("beta");
    next("ebops");
    const FloatArray mean = next("mean"), variance = next("variance");
    std::vector<float> scaler;
    for (std::size_t i = 0; i < variance.values.size() && i < gamma.values.size(); ++i)
        scaler.push_back(static_cast<float>(gamma.values[i]) /
                         std::sqrt(static_cast<float>(variance.values[i]) + 1e-7F));
    layer.on_weight = [&](const std::string& name, FloatArray values) {
        if (scaler.size() != gamma.values.size() || scaler.empty() || mean.values.size() != scaler.size())
            return values;
        const bool bias = name == "bias";
        // The normalised axes are the kernel's last ones.
        for (std::size_t i = 0; i < values.values.size(); ++i) {
            const float s = scaler[i % scaler.size()];
            const auto v = static_cast<float>(values.values[i]);
            const float moved = -static_cast<float>(mean.values[i % scaler.size()]) * s;
            values.values[i] = bias ? v + moved : v * s;
        }
        const auto& quantizer = bias ? hgq.bias() : hgq.kernel();
        return quantizer ? quantizer->apply(values) : values;
    };
    layer.config.ignore({"momentum", "epsilon", "scale", "center", "synchronized"});
    const std::string equation = layer.config.take("equation").is_string() ? layer.config.text("equation").value() : "";
    const std::string axes = layer.config.text("bias_axes").value_or("");
    const std::string right = equation.substr(0, equation.find("->"));
    if (axes.empty() || right.size() < axes.size() || right.substr(right.size() - axes.size()) != axes)
        layer.config.problem("bias_axes", "other than the last letters of the kernel is not understood");
    return hgq.finish(plain(layer));
}

/// Normalises its inputs: gamma / sqrt(variance + epsilon) on the kernel's rows, and the mean's product with the kernel
/// as it is off the bias, as HGQ2 0.2.0 has it.
std::vector<LayerId> read_batch_norm_dense(KerasLayer& layer, const ReadKerasLayer& plain) {
    Hgq2Layer hgq(layer);
    layer.config.ignore({"momentum", "synchronized", "bn_gamma_initializer", "moving_mean_initializer",
                         "moving_variance_initializer", "bn_gamma_regularizer", "bn_gamma_constraint"});
    const auto epsilon = static_cast<float>(layer.config.number("epsilon").value_or(1e-3));
    const bool scaled = layer.config.flag("scale", true);
    if (!layer.require_rank(1, 7))
        return {};
    const std::uint32_t rows = layer.shape().back(), columns = layer.config.count("units").value_or(1);
    KerasWeights weights = layer.weights.again();
    // In whatever shape, so many numbers.
    const auto next = [&](const char* name, const Shape& shape) {
        const Shape stored = weights.next_shape().value_or(Shape{});
        const bool fits = network::elements(stored) == network::elements(shape);
        return weights.next(name, fits ? stored : shape, layer.where(), layer.model.problems);
    };
    const auto pass_over = [&](const char* name) { next(name, weights.next_shape().value_or(Shape{})); };
    const FloatArray kernel = next("kernel", {rows, columns});
    pass_over("bias");
    FloatArray gamma = scaled ? next("gamma", {rows}) : FloatArray{};
    pass_over("beta");
    pass_over("ebops");
    const FloatArray mean = next("mean", {rows}), variance = next("variance", {rows});
    gamma.values.resize(rows, 1.0);
    layer.on_weight = [&](const std::string& name, FloatArray values) {
        for (std::size_t i = 0; i < values.values.size(); ++i) {
            float off = 0;
            for (std::size_t r = 0; r < rows && name == "bias"; ++r)
                off += static_cast<float>(mean.values[r]) * static_cast<float>(kernel.values[r * columns + i]);
            const std::size_t row = std::min<std::size_t>(i / columns, rows - 1);
            const float s =
                static_cast<float>(gamma.values[row]) / std::sqrt(static_cast<float>(variance.values[row]) + epsilon);
            const auto v = static_cast<float>(values.values[i]);
            values.values[i] = name == "bias" ? v - off : s * v;
        }
        const auto& quantizer = name == "bias" ? hgq.bias() : hgq.kernel();
        return quantizer ? quantizer->apply(values) : values;
    };
    return hgq.finish(plain(layer));
}

/// Two inputs, both with the event's letter in front.
std::vector<LayerId> read_einsum(KerasLayer& layer) {
    Hgq2Layer hgq(layer);
    const std::string equation = layer.config.text("equation").value_or("");
    if (!layer.require_inputs(2, 2))
        return {};
    const std::size_t comma = equation.find(','), arrow = equation.find("->");
    Einsum einsum;
    if (comma != std::string::npos && arrow != std::string::npos && comma < arrow && comma > 0)
        einsum = {equation.substr(0, comma),
                  equation.substr(comma + 1, arrow - comma - 1),
                  equation.substr(arrow + 2),
                  {},
                  {}};
    const bool good = einsum.left.size() == layer.shape(0).size() + 1 &&
                      einsum.right.size() == layer.shape(1).size() + 1 && !einsum.output.empty() &&
                      einsum.left[0] == einsum.right[0] && einsum.left[0] == einsum.output[0];
    Shape out;
    bool known = good;
    for (std::size_t k = 1; good && k < einsum.output.size(); ++k) {
        const std::size_t a = einsum.left.find(einsum.output[k]), b = einsum.right.find(einsum.output[k]);
        known = known && (a != std::string::npos || b != std::string::npos);
        if (known)
            out.push_back(a != std::string::npos ? layer.shape(0)[a - 1] : layer.shape(1)[b - 1]);
    }
    if (!known) {
        layer.config.problem("equation", fmt::format("is '{}', which is not understood", equation));
        return {};
    }
    for (std::string* side : {&einsum.left, &einsum.right, &einsum.output})
        side->erase(0, 1);
    return hgq.finish({layer.add("", layer.inputs, out, std::move(einsum))});
}

/// Sums over axes times a power of two.
std::vector<LayerId> read_sum(KerasLayer& layer, bool mean) {
    Hgq2Layer hgq(layer);
    const Json& given = layer.config.take("axes");
    double factor = layer.config.number("scale").value_or(1.0);
    const bool keep = layer.config.flag("keepdims", false);
    if (!layer.require_rank(1, 7))
        return {};
    Reduce body;
    Shape shape;
    body.axes = layer.axes(given, "axes", layer.shape().size());
    double count = 1;
    for (std::uint32_t k = 0; k < layer.shape().size(); ++k) {
        const bool summed = std::find(body.axes.begin(), body.axes.end(), k) != body.axes.end();
        count *= summed ? layer.shape()[k] : 1;
        if (!summed || keep)
            shape.push_back(summed ? 1 : layer.shape()[k]);
    }
    if (mean)
        factor = std::exp2(std::nearbyint(std::log2(1.0 / count)));
    LayerId out = layer.add(layer.inputs[0], shape, std::move(body));
    if (factor != 1)
        out = layer.add("_scale", {out}, shape, Scale{FloatArray{{1}, {factor}, {}, {}}, {}});
    return hgq.finish({out});
}

std::vector<LayerId> read_average_pow2(KerasLayer& layer, const ReadKerasLayer& add) {
    Hgq2Layer hgq(layer);
    const double factor = std::exp2(std::nearbyint(std::log2(1.0 / static_cast<double>(layer.inputs.size()))));
    std::vector<LayerId> out = add(layer);
    if (out.size() == 1)
        out[0] = layer.add("_scale", {out[0]}, layer.shape_of(out[0]), Scale{FloatArray{{1}, {factor}, {}, {}}, {}});
    return hgq.finish(std::move(out));
}

std::vector<LayerId> read_lut(KerasLayer& layer, bool affine) {
    Hgq2Layer hgq(layer);
    if (!layer.require_inputs(1, 1))
        return {};
    LayerId at = layer.inputs[0];
    if (affine) {
        Scale line{layer.weight("scale", {1}), layer.weight("bias", {1})};
        at = layer.add("_line", {at}, layer.shape_of(at), std::move(line));
    }
    return hgq.finish({layer.activated(at)});
}

/// exp((max - x) * -scaler) / sum, both tables with quantised inputs and outputs.
std::vector<LayerId> read_softmax(KerasLayer& layer) {
    Hgq2Layer hgq(layer);
    const Json& given = layer.config.take("axes");
    const bool stable = layer.config.flag("stable", true);
    const double scaler = layer.config.number("input_scaler").value_or(1.0);
    const KerasWeights exp = layer.weights.part({"exp_table"}), inv = layer.weights.part({"inv_table"});
    const auto read = [&](const char* key, const KerasWeights& group, const char* part) {
        const Json& config = layer.config.take(key);
        return read_hgq2_quantizer(layer, key, config, group.part({part}));
    };
    const auto exp_in = read("exp_iq_conf", exp, "iq"), exp_out = read("exp_oq_conf", exp, "oq");
    const auto inv_in = read("inv_iq_conf", inv, "iq"), inv_out = read("inv_oq_conf", inv, "oq");
    if (!layer.require_rank(1, 7))
        return {};
    const Shape shape = layer.shape();
    Shape kept = shape;
    Reduce sum, most;
    most.kind = Reduce::Kind::maximum;
    sum.axes = layer.axes(given.is_null() ? Json(-1) : given, "axes", shape.size());
    for (const std::uint32_t axis : sum.axes)
        kept[axis] = 1;
    most.axes = sum.axes;
    LayerId x = layer.inputs[0];
    if (stable) {
        const LayerId top = layer.add("_max", {x}, kept, std::move(most));
        x = layer.add("_apart", {top, x}, shape, Merge{Merge::Kind::subtract});
        x = quantised(layer, "_exp_iq", x, exp_in);
    }
    const double factor = stable ? -scaler : scaler;
    if (factor != 1)
        x = layer.add("_scaled", {x}, shape, Scale{FloatArray{{1}, {factor}, {}, {}}, {}});
    x = layer.add("_exp", {x}, shape, Function{Function::Kind::exponential});
    x = quantised(layer, "_exp_oq", x, exp_out);
    LayerId total = layer.add("_sum", {x}, kept, std::move(sum));
    total = quantised(layer, "_inv_iq", total, inv_in);
    total = layer.add("_inv", {total}, kept, Function{Function::Kind::reciprocal, 0, 1e-7});
    total = quantised(layer, "_inv_oq", total, inv_out);
    return hgq.finish({layer.add("_quotient", {x, total}, shape, Merge{Merge::Kind::multiply})});
}

} // namespace

void add_hgq2(KerasReaders& readers) {
    for (const char* name :
         {"Dense", "EinsumDense", "Conv1D", "Conv2D", "Add", "Subtract", "Multiply", "Maximum", "Minimum", "Dot",
          "AveragePooling1D", "AveragePooling2D", "MaxPooling1D", "MaxPooling2D", "GlobalAveragePooling1D",
          "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D"})
        if (const auto plain = readers.find(name); plain != readers.end())
            readers[std::string("hgq.Q") + name] = of(plain->second);
    const ReadKerasLayer einsum = readers.at("EinsumDense"), add = readers.at("Add");
    readers["hgq.QEinsumDenseBatchnorm"] = [einsum](KerasLayer& layer) {
        return read_einsum_batch_norm(layer, einsum);
    };
    const ReadKerasLayer dense = readers.at("Dense");
    readers["hgq.QBatchNormDense"] = [dense](KerasLayer& layer) { return read_batch_norm_dense(layer, dense); };
    readers["hgq.QEinsum"] = read_einsum;
    readers["hgq.QBatchNormalization"] = read_batch_norm;
    readers["hgq.Quantizer"] = read_quantizer;
    readers["hgq.QSum"] = [](KerasLayer& layer) { return read_sum(layer, false); };
    readers["hgq.QMeanPow2"] = [](KerasLayer& layer) { return read_sum(layer, true); };
    readers["hgq.QAveragePow2"] = [add](KerasLayer& layer) { return read_average_pow2(layer, add); };
    readers["hgq.QUnaryFunctionLUT"] = [](KerasLayer& layer) { return read_lut(layer, false); };
    readers["hgq.QAffinedUnaryFunctionLUT"] = [](KerasLayer& layer) { return read_lut(layer, true); };
    readers["hgq.QSoftmax"] = read_softmax;
}

} // namespace gw::import
