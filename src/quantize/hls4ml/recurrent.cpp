// LSTM and GRU (nnet_recurrent.h), unrolled over time: products and gates live in the accumulator's type, states in the
// result's.
#include "quantize/hls4ml/model.hpp"

namespace gw::quantize::as_hls4ml {

namespace {

using Kind = network::Merge::Kind;

class Unrolled {
  public:
    Unrolled(const import::Recurrent& layer, Site& site)
        : layer_(layer), site_(site), units_(layer.recurrent.shape[0]), gates_(layer.recurrent.shape[1] / units_),
          accum_(site.or_default("accum")), result_(site.or_default("result")) {
        if (layer.kind == import::Recurrent::Kind::simple)
            throw site.refuse("hls4ml generates no code for SimpleRNN with Vitis");
        if (layer.kind == import::Recurrent::Kind::gru && !layer.reset_after)
            throw site.refuse("hls4ml takes a GRU with reset_after false, but computes something else");
        if (site.inputs() > 1 || layer.output == import::Recurrent::Output::cell)
            throw site.refuse("only a layer with initial states of zero and one output has hls4ml numerics");
        if (site.layer().class_name == "Bidirectional")
            as_direction();
        else if (layer.backwards)
            throw site.refuse("hls4ml takes no notice of go_backwards");
    }

    Value run() {
        const Value x = site_.in();
        const auto bias = [&](const std::optional<import::FloatArray>& own) {
            return own ? own->values : std::vector<double>(std::size_t{gates_} * units_, 0.0);
        };
        const Value from_x = dense(site_, "_kernel", x, layer_.kernel.values, layer_.kernel.shape, type("weight"),
                                   bias(layer_.bias), type("bias"), accum_, accum_);
        Value h = nothing(), c = nothing();
        std::vector<Value> sequence;
        for (std::uint32_t i = 0; i < x.shape[0]; ++i) {
            const std::uint32_t t = layer_.backwards ? x.shape[0] - 1 - i : i;
            step_ = "_t" + std::to_string(t);
            part_ = 0;
            const Value own = slice(from_x, t * gates_ * units_, gates_ * units_, accum_);
            const Value from_h =
                dense(site_, next(), h, layer_.recurrent.values, layer_.recurrent.shape, type("recurrent_weight"),
                      bias(layer_.recurrent_bias), type("recurrent_bias"), accum_, accum_);
            if (layer_.kind == import::Recurrent::Kind::lstm)
                lstm(own, from_h, h, c);
            else
                gru(own, from_h, h);
            sequence.push_back(h);
        }
        if (layer_.output == import::Recurrent::Output::last)
            return h;
        std::vector<std::optional<std::uint32_t>> all;
        for (std::uint32_t i = 0; i < x.shape[0] * units_; ++i)
            all.emplace_back(i);
        return rearranged(site_, "", sequence, site_.shape(), std::move(all), result_);
    }

  private:
    /// One half of a Bidirectional layer: hls4ml's first runs forwards, and each has types of its own.
    void as_direction() {
        const std::string& name = site_.name();
        const bool second = name.size() > 9 && name.compare(name.size() - 9, 9, "_backward") == 0;
        if (second != layer_.backwards)
            throw site_.refuse("hls4ml turns the two layers round if the first runs backwards");
        if (site_.stream())
            throw site_.refuse("hls4ml has no bidirectional layers for io_stream");
        direction_ = second ? "backward_" : "forward_";
    }
    FixedType type(const std::string& variable) const { return site_.or_default(direction_ + variable); }

    std::string next() { return step_ + "_" + std::to_string(part_++); }

    Value nothing() {
        return rearranged(site_, "_zero" + std::to_string(part_++), {site_.in()}, {units_},
                          std::vector<std::optional<std::uint32_t>>(units_), result_);
    }

    Value slice(const Value& from, std::uint32_t first, std::uint32_t count, const FixedType& type) {
        std::vector<std::optional<std::uint32_t>> sources;
        for (std::uint32_t i = 0; i < count; ++i)
            sources.emplace_back(first + i);
        return rearranged(site_, next(), {from}, {count}, std::move(sources), type);
    }
    Value gate(const Value& from, std::uint32_t which) { return slice(from, which * units_, units_, accum_); }

    Value both(Kind kind, const Value& a, const Value& b, const FixedType& type) {
        return site_.emit(next(), a.shape, type, network::Merge{{a.tensor, b.tensor}, {}, kind});
    }
    /// In full precision, for a sum that follows.
    Value product(const Value& a, const Value& b) {
        return both(Kind::product, a, b, product_type(site_.type_of(a), site_.type_of(b)));
    }

    Value through(const import::Nonlinearity& function, const Value& x) {
        const auto* other = std::get_if<import::Function>(&function);
        if (std::holds_alternative<import::Relu>(function))
            return site_.emit(next(), x.shape, accum_, network::Relu{x.tensor, {}, {}});
        if (other != nullptr &&
            (other->kind == import::Function::Kind::sigmoid || other->kind == import::Function::Kind::tanh))
            return function_table(site_, next(), x, other->kind, accum_);
        throw site_.refuse("hls4ml's recurrent layers have relu, sigmoid and tanh only");
    }
    Value act(const Value& x) { return through(layer_.activation, x); }
    Value open(const Value& x) { return through(layer_.recurrent_activation, x); }

    void lstm(const Value& x, const Value& from_h, Value& h, Value& c) {
        const Value all = both(Kind::sum, x, from_h, accum_);
        const Value i = open(gate(all, 0)), f = open(gate(all, 1)), o = open(gate(all, 3)), g = act(gate(all, 2));
        c = both(Kind::sum, product(g, i), product(c, f), result_);
        h = both(Kind::product, o, act(c), result_);
    }

    void gru(const Value& x, const Value& from_h, Value& h) {
        const Value z = open(both(Kind::sum, gate(x, 0), gate(from_h, 0), accum_));
        const Value r = open(both(Kind::sum, gate(x, 1), gate(from_h, 1), accum_));
        const Value kept = both(Kind::product, r, gate(from_h, 2), accum_);
        const Value candidate = act(both(Kind::sum, gate(x, 2), kept, accum_));
        const Constant minus{{1}, {1, 0, true}, {-1}}, one{{1}, {1, 0, false}, {1}};
        const FixedType rest_type = sum_type(site_.type_of(z), {2, 0, true});
        const Value rest = site_.emit(next(), z.shape, rest_type, network::Affine{z.tensor, {}, minus, one});
        h = both(Kind::sum, product(candidate, rest), product(h, z), result_);
    }

    const import::Recurrent& layer_;
    Site& site_;
    std::uint32_t units_, gates_;
    FixedType accum_, result_;
    std::string step_, direction_;
    int part_ = 0;
};

} // namespace

Value lower(const import::Recurrent& recurrent, Site& site) {
    return Unrolled(recurrent, site).run();
}

} // namespace gw::quantize::as_hls4ml
