// QSimpleRNN, QLSTM, QGRU, unrolled over time here: their activations are quantisers, and the state of the step before
// is quantised as it enters a step (not as it leaves one). Equations and the order of gates are Keras's (layers.hpp,
// Recurrent); weights are quantised whole, all gates together.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/arrange.hpp"
#include "import/qkeras_layer.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

constexpr std::uint32_t most_steps = 4096; ///< each becomes hardware of its own

using Kind = Recurrent::Kind;

class Unrolled {
  public:
    Unrolled(KerasLayer& layer, Kind kind) : layer_(layer), kind_(kind) {
        gates_ = kind == Kind::simple ? 1 : (kind == Kind::lstm ? 4 : 3);
        read_settings();
        read_weights();
    }

    std::vector<LayerId> run() {
        const std::uint32_t time = layer_.shape()[0];
        LayerId h = state(1);
        LayerId c = kind_ == Kind::lstm ? state(2) : h;
        const LayerId from_x =
            layer_.add("_kernel", {layer_.inputs[0]}, {time, gates_ * units_}, Dense{kernel_, bias_});
        std::vector<LayerId> sequence;
        for (std::uint32_t t = 0; t < time; ++t) {
            step_ = fmt::format("_t{}", t);
            step(row(from_x, backwards_ ? time - 1 - t : t), h, c);
            sequence.push_back(h);
        }
        std::vector<LayerId> outputs{sequences_ ? stacked(sequence) : h};
        if (return_state_) {
            outputs.push_back(h);
            if (kind_ == Kind::lstm)
                outputs.push_back(c);
        }
        return outputs;
    }

  private:
    void read_settings() {
        Attributes& config = layer_.config;
        units_ = config.count("units").value_or(1);
        sequences_ = config.flag("return_sequences", false);
        return_state_ = config.flag("return_state", false);
        backwards_ = config.flag("go_backwards", false);
        use_bias_ = config.flag("use_bias", true);
        if (kind_ == Kind::gru)
            reset_after_ = config.flag("reset_after", false);
        config.require_flag("stateful", false);
        config.require_flag("time_major", false);
        for (const char* part : {"kernel", "recurrent", "bias"})
            for (const char* what : {"_initializer", "_regularizer", "_constraint"})
                config.ignore({(std::string(part) + what).c_str()});
        config.ignore({"activity_regularizer", "unit_forget_bias", "dropout", "recurrent_dropout", "seed", "unroll",
                       "implementation", "zero_output_for_mask", "use_cudnn"});
        config.take("activation");
        if (kind_ != Kind::simple)
            config.take("recurrent_activation");
    }

    void read_weights() {
        const QkerasWeights quantised(layer_, {"kernel", "recurrent", "bias"});
        state_quantizer_ = read_qkeras_quantizer(layer_, "state_quantizer", layer_.config.take("state_quantizer"));
        KerasWeights weights = layer_.weights.part({"cell"});
        const auto next = [&](const char* name, const char* part, const Shape& shape) {
            return quantised.apply(part, weights.next(name, shape, layer_.where(), layer_.model.problems));
        };
        const std::uint32_t wide = gates_ * units_;
        kernel_ = next("kernel", "kernel", {layer_.shape()[1], wide});
        recurrent_ = next("recurrent_kernel", "recurrent", {units_, wide});
        if (!use_bias_)
            return;
        if (kind_ != Kind::gru || !reset_after_) {
            bias_ = next("bias", "bias", {wide});
            return;
        }
        const FloatArray both = next("bias", "bias", {2, wide});
        const auto middle = both.values.begin() + static_cast<std::ptrdiff_t>(wide);
        bias_ = typed({wide}, {both.values.begin(), middle});
        recurrent_bias_ = typed({wide}, {middle, both.values.end()});
    }

    LayerId add(const char* part, std::vector<LayerId> from, LayerBody body) {
        const Shape shape = layer_.shape_of(from.front());
        return layer_.add(step_ + part, std::move(from), shape, std::move(body));
    }

    /// An initial state: input k, or zero.
    LayerId state(std::size_t k) {
        if (layer_.inputs.size() > k)
            return layer_.inputs[k];
        return layer_.add(k == 1 ? "_zero_h" : "_zero_c", {}, {units_},
                          Constant{{{units_}, std::vector<double>(units_, 0.0), {}, {}}});
    }

    LayerId row(LayerId all, std::uint32_t t) {
        auto picked_row = picked(layer_.shape_of(all), {{t}, whole(gates_ * units_)});
        return layer_.add(step_ + "_x", {all}, {gates_ * units_}, std::move(picked_row.body));
    }

    LayerId part(LayerId all, std::uint32_t first, std::uint32_t count) {
        std::vector<std::optional<std::uint32_t>> from;
        for (std::uint32_t i = 0; i < count; ++i)
            from.emplace_back(first + i);
        return layer_.add(step_ + "_part", {all}, {count}, Rearrange{std::move(from)});
    }
    LayerId gate(LayerId all, std::uint32_t which) { return part(all, which * units_, units_); }

    LayerId merged(const char* name, Merge::Kind kind, LayerId a, LayerId b) { return add(name, {a, b}, Merge{kind}); }
    LayerId sum(LayerId a, LayerId b) { return merged("_sum", Merge::Kind::add, a, b); }
    LayerId product(LayerId a, LayerId b) { return merged("_product", Merge::Kind::multiply, a, b); }

    LayerId act(LayerId x) { return activated("activation", x); }
    LayerId open(LayerId x) { return activated("recurrent_activation", x); }
    LayerId activated(const char* key, LayerId x) {
        return qkeras_activated(layer_, key, x, fmt::format("{}_{}{}", step_, key, count_++));
    }
    LayerId entering(LayerId state, const char* name) {
        return state_quantizer_ ? state_quantizer_->add(layer_, step_ + name, state) : state;
    }

    LayerId dense(LayerId h, const FloatArray& weights, const std::optional<FloatArray>& bias) {
        return layer_.add(step_ + "_recurrent", {h}, {weights.shape[1]}, Dense{weights, bias});
    }

    /// Columns of the recurrent weights.
    FloatArray columns(std::uint32_t first, std::uint32_t count) const {
        FloatArray out{{units_, count}, {}, recurrent_.type, recurrent_.units};
        const std::uint32_t wide = gates_ * units_;
        for (std::uint32_t i = 0; i < units_; ++i)
            for (std::uint32_t j = 0; j < count; ++j)
                out.values.push_back(recurrent_.values[i * wide + first + j]);
        if (recurrent_.units.size() > 1)
            out.units.assign(recurrent_.units.begin() + first, recurrent_.units.begin() + first + count);
        return out;
    }

    void step(LayerId x, LayerId& h, LayerId& c) {
        const LayerId before = entering(h, "_h");
        if (kind_ == Kind::simple) {
            h = act(sum(x, dense(before, recurrent_, {})));
        } else if (kind_ == Kind::lstm) {
            const LayerId all = sum(x, dense(before, recurrent_, {}));
            const LayerId kept = product(open(gate(all, 1)), entering(c, "_c"));
            c = sum(kept, product(open(gate(all, 0)), act(gate(all, 2))));
            h = product(open(gate(all, 3)), act(c));
        } else {
            h = gated(x, before);
        }
    }

    /// GRU: z * h + (1 - z) * candidate = candidate + z * (h - candidate)
    LayerId gated(LayerId x, LayerId h) {
        const std::uint32_t shared = reset_after_ ? 3 * units_ : 2 * units_;
        const LayerId from_h = dense(h, columns(0, shared), recurrent_bias_);
        const LayerId z = open(sum(gate(x, 0), gate(from_h, 0)));
        const LayerId r = open(sum(gate(x, 1), gate(from_h, 1)));
        const LayerId again =
            reset_after_ ? product(r, gate(from_h, 2)) : dense(product(r, h), columns(2 * units_, units_), {});
        const LayerId candidate = act(sum(gate(x, 2), again));
        const LayerId apart = merged("_apart", Merge::Kind::subtract, h, candidate);
        return sum(candidate, product(z, apart));
    }

    LayerId stacked(const std::vector<LayerId>& sequence) {
        const auto time = static_cast<std::uint32_t>(sequence.size());
        const LayerId flat = layer_.add("_sequence", sequence, {time * units_}, Concatenate{0});
        return layer_.add("", {flat}, {time, units_}, Reshape{});
    }

    KerasLayer& layer_;
    Kind kind_;
    std::uint32_t gates_ = 1, units_ = 1;
    bool sequences_ = false, return_state_ = false, backwards_ = false, use_bias_ = true, reset_after_ = false;
    FloatArray kernel_, recurrent_;
    std::optional<FloatArray> bias_, recurrent_bias_;
    std::optional<QkerasQuantizer> state_quantizer_;
    std::string step_;
    unsigned count_ = 0;
};

ReadKerasLayer unrolled(Kind kind) {
    return [kind](KerasLayer& layer) -> std::vector<LayerId> {
        const std::size_t states = kind == Kind::lstm ? 2 : 1;
        if (!layer.require_rank(2, 2) || !layer.require_inputs(1, 1 + states))
            return {};
        ignore_qkeras_training(layer);
        const std::uint32_t units = layer.config.count("units").value_or(1);
        for (std::size_t k = 1; k < layer.inputs.size(); ++k)
            if (layer.shape(k) != Shape{units})
                throw support::unsupported(fmt::format("an initial state of shape [{}], [{}] is expected",
                                                       fmt::join(layer.shape(k), ", "), units));
        if (layer.shape()[0] > most_steps)
            throw support::unsupported(
                fmt::format("{} steps are too many, up to {} are understood", layer.shape()[0], most_steps));
        return Unrolled(layer, kind).run();
    };
}

} // namespace

void add_qkeras_recurrent(KerasReaders& readers) {
    readers["QSimpleRNN"] = unrolled(Kind::simple);
    readers["QLSTM"] = unrolled(Kind::lstm);
    readers["QGRU"] = unrolled(Kind::gru);
}

} // namespace gw::import
