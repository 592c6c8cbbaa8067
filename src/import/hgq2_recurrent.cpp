// HGQ2's QSimpleRNN and QGRU, unrolled over time: every step is made of the plain layers between quantisers of the
// input (iq), the state (sq), the kernels (kq, rkq, bq), the pre-activations (paq, praq) and a GRU's recurrent part of
// its candidate (rhq). Formulas: hgq.layers.rnn.
#include <fmt/format.h>

#include "import/arrange.hpp"
#include "import/hgq2_quantizer.hpp"

namespace gw::import {

namespace {

class Hgq2Cell {
  public:
    Hgq2Cell(KerasLayer& layer, bool gated)
        : layer_(layer), cell_(layer.weights.part({"cell"})), gates_(gated ? 3 : 1),
          units_(layer.config.count("units").value_or(1)) {
        const bool has_input = layer.config.flag("enable_iq", true);
        const auto input = read("iq");
        if (has_input)
            iq_ = input;
        sq_ = read("sq");
        paq_ = read("paq");
        if (gated) {
            praq_ = read("praq");
            rhq_ = read("rhq");
            reset_after_ = layer.config.flag("reset_after", true);
        }
        layer.config.require_flag("enable_oq", false);
        layer.config.require_null("oq_conf");
        read_weights(layer.config.flag("use_bias", true));
    }

    std::uint32_t units() const { return units_; }

    /// All steps; gives h of each, in the order in which they are computed.
    std::vector<LayerId> run(LayerId state, bool backwards) {
        const std::uint32_t time = layer_.shape()[0], wide = gates_ * units_;
        const LayerId x = quantised(layer_, "_iq", layer_.inputs[0], iq_);
        const LayerId all = layer_.add("_kernel", {x}, {time, wide}, Dense{kernel_, bias_});
        std::vector<LayerId> sequence;
        for (std::uint32_t t = 0; t < time; ++t) {
            step_ = fmt::format("_t{}", t);
            const std::uint32_t from = backwards ? time - 1 - t : t;
            const LayerId row = columns("_x", all, {{from}}, 0, wide);
            const LayerId h = quantised(layer_, step_ + "_sq", state, sq_);
            state = gates_ == 1 ? plain(row, h) : gated(row, h);
            sequence.push_back(state);
        }
        return sequence;
    }

  private:
    std::optional<Hgq2Quantizer> read(const std::string& part) {
        return read_hgq2_quantizer(layer_, part, layer_.config.take(part + "_conf"), cell_.part({part}));
    }

    void read_weights(bool use_bias) {
        const std::uint32_t wide = gates_ * units_;
        const auto next = [&](const char* name, const Shape& shape, const char* part) {
            const FloatArray values = cell_.next(name, shape, layer_.where(), layer_.model.problems);
            const auto own = read(part);
            return own ? own->apply(values) : values;
        };
        kernel_ = next("kernel", {layer_.shape()[1], wide}, "kq");
        recurrent_ = next("recurrent_kernel", {units_, wide}, "rkq");
        if (!use_bias) {
            layer_.config.ignore({"bq_conf"});
            return;
        }
        if (gates_ == 1 || !reset_after_) {
            bias_ = next("bias", {wide}, "bq");
            return;
        }
        const FloatArray both = next("bias", {2, wide}, "bq");
        bias_ = FloatArray{{wide}, {both.values.begin(), both.values.begin() + wide}, both.type, {}};
        recurrent_bias_ = FloatArray{{wide}, {both.values.begin() + wide, both.values.end()}, both.type, {}};
    }

    LayerId add(const char* part, std::vector<LayerId> from, LayerBody body) {
        return layer_.add(step_ + part, std::move(from), {units_}, std::move(body));
    }
    /// Columns [first, first + count) of a row, or of the one row of a matrix.
    LayerId columns(const char* part, LayerId from, std::vector<std::vector<std::optional<std::uint32_t>>> rows,
                    std::uint32_t first, std::uint32_t count) {
        std::vector<std::optional<std::uint32_t>> chosen;
        for (std::uint32_t k = 0; k < count; ++k)
            chosen.emplace_back(first + k);
        rows.push_back(std::move(chosen));
        return layer_.add(step_ + part, {from}, {count}, picked(layer_.shape_of(from), rows).body);
    }
    LayerId gate(const char* part, LayerId from, std::uint32_t which, std::uint32_t count = 1) {
        return columns(part, from, {}, which * units_, count * units_);
    }
    LayerId merged(const char* part, Merge::Kind kind, LayerId a, LayerId b) {
        const Shape shape = layer_.shape_of(a);
        return layer_.add(step_ + part, {a, b}, shape, Merge{kind});
    }
    /// An activation of the configuration, a part of this step.
    LayerId activated(const char* key, LayerId from) {
        const Json& value = layer_.config.take(key);
        if (value.is_null() || value == "linear")
            return from;
        const auto body =
            value.is_string() ? keras_activation(value.get<std::string>(), layer_.model.major, 1) : std::nullopt;
        if (!body) {
            layer_.config.problem(key, fmt::format("is {}, which is not understood here", brief(value)));
            return from;
        }
        return layer_.add(step_ + "_" + key, {from}, layer_.shape_of(from), *body);
    }
    FloatArray recurrent_columns(std::uint32_t first, std::uint32_t count) const {
        FloatArray part{{units_, count}, {}, recurrent_.type, {}};
        for (std::uint32_t i = 0; i < units_; ++i)
            for (std::uint32_t j = 0; j < count; ++j)
                part.values.push_back(recurrent_.values[i * gates_ * units_ + first + j]);
        return part;
    }

    /// activation(paq(x + h * recurrent))
    LayerId plain(LayerId x, LayerId h) {
        const LayerId again = add("_recurrent", {h}, Dense{recurrent_, {}});
        const LayerId sum = merged("_sum", Merge::Kind::add, x, again);
        return activated("activation", quantised(layer_, step_ + "_paq", sum, paq_));
    }

    LayerId gated(LayerId x, LayerId h) {
        const std::uint32_t wide = (reset_after_ ? 3 : 2) * units_;
        const LayerId inner =
            layer_.add(step_ + "_recurrent", {h}, {wide}, Dense{recurrent_columns(0, wide), recurrent_bias_});
        const LayerId sum = merged("_gates", Merge::Kind::add, gate("_x_zr", x, 0, 2), gate("_h_zr", inner, 0, 2));
        const LayerId open = quantised(layer_, step_ + "_praq", activated("recurrent_activation", sum), praq_);
        const LayerId z = gate("_z", open, 0), r = gate("_r", open, 1);
        LayerId part{};
        if (reset_after_) {
            const LayerId kept = quantised(layer_, step_ + "_rhq", gate("_h_h", inner, 2), rhq_);
            part = merged("_reset", Merge::Kind::multiply, r, kept);
        } else {
            const LayerId kept = merged("_reset", Merge::Kind::multiply, r, h);
            part = add("_candidate_h", {quantised(layer_, step_ + "_rhq", kept, rhq_)},
                       Dense{recurrent_columns(2 * units_, units_), {}});
        }
        const LayerId both = merged("_candidate_sum", Merge::Kind::add, gate("_x_h", x, 2), part);
        const LayerId candidate = quantised(layer_, step_ + "_paq", activated("activation", both), paq_);
        const LayerId rest = add("_rest", {z}, Scale{FloatArray{{1}, {-1.0}, {}, {}}, FloatArray{{1}, {1.0}, {}, {}}});
        return merged("_h", Merge::Kind::add, merged("_kept", Merge::Kind::multiply, z, h),
                      merged("_added", Merge::Kind::multiply, rest, candidate));
    }

    KerasLayer& layer_;
    KerasWeights cell_;
    std::uint32_t gates_, units_;
    bool reset_after_ = true;
    std::optional<Hgq2Quantizer> iq_, sq_, paq_, praq_, rhq_;
    FloatArray kernel_, recurrent_;
    std::optional<FloatArray> bias_, recurrent_bias_;
    std::string step_;
};

ReadKerasLayer recurrent(bool gated) {
    return [gated](KerasLayer& layer) -> std::vector<LayerId> {
        if (!layer.require_rank(2, 2) || !layer.require_inputs(1, 2))
            return {};
        for (const char* part : {"kernel", "recurrent", "bias"})
            for (const char* what : {"_initializer", "_regularizer", "_constraint"})
                layer.config.ignore({(std::string(part) + what).c_str()});
        layer.config.ignore({"activity_regularizer", "dropout", "recurrent_dropout", "seed", "unroll",
                             "zero_output_for_mask", "implementation", "enable_ebops", "ebops_factor", "beta0",
                             "parallelization_factor", "standalone", "enable_sq"});
        layer.config.require_flag("stateful", false);
        const bool sequences = layer.config.flag("return_sequences", false),
                   states = layer.config.flag("return_state", false),
                   backwards = layer.config.flag("go_backwards", false);
        Hgq2Cell cell(layer, gated);
        const Shape one{cell.units()};
        const LayerId start =
            layer.inputs.size() > 1
                ? layer.inputs[1]
                : layer.add("_start", {}, one,
                            Constant{{one, std::vector<double>(cell.units(), 0.0), fixed::FixedType{1, 0, false}, {}}});
        const std::vector<LayerId> steps = cell.run(start, backwards);
        while (layer.weights.left() > 0)
            layer.weights.skip();
        std::vector<LayerId> outputs{steps.back()};
        if (sequences) {
            std::vector<LayerId> rows;
            for (std::size_t t = 0; t < steps.size(); ++t)
                rows.push_back(layer.add(fmt::format("_t{}_row", t), {steps[t]}, {1, cell.units()}, Reshape{}));
            outputs[0] = layer.add("", rows, {static_cast<std::uint32_t>(rows.size()), cell.units()}, Concatenate{0});
        }
        if (states)
            outputs.push_back(steps.back());
        return outputs;
    };
}

} // namespace

void add_hgq2_recurrent(KerasReaders& readers) {
    readers["hgq.QSimpleRNN"] = recurrent(false);
    readers["hgq.QGRU"] = recurrent(true);
}

} // namespace gw::import
