// Recurrent layers, unrolled over time: every step is made of dense layers, sums, products and tables, and what passes
// from one step to the next is rounded as other activations are. Gates in Keras's order (import/layers.hpp).
#include <algorithm>

#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

using Kind = network::Merge::Kind;

class Unrolled {
  public:
    Unrolled(const import::Recurrent& layer, Site& site)
        : layer_(layer), site_(site), units_(layer.recurrent.shape[0]), gates_(layer.recurrent.shape[1] / units_) {}

    Value run() {
        const Value x = site_.plain();
        const std::uint32_t time = x.shape[0];
        const Value from_x = dense(site_, site_.name("_kernel"), x, layer_.kernel, layer_.bias);
        std::optional<Value> h, c;
        if (site_.inputs() > 1)
            h = site_.plain(1);
        if (site_.inputs() > 2)
            c = site_.plain(2);
        if (!h)
            h = nothing(x);
        if (!c && layer_.kind == import::Recurrent::Kind::lstm)
            c = nothing(x);
        std::vector<Value> sequence;
        for (std::uint32_t t = 0; t < time; ++t) {
            step_ = "_t" + std::to_string(t);
            step(row(from_x, layer_.backwards ? time - 1 - t : t), *h, c);
            sequence.push_back(*h);
        }
        if (layer_.output == import::Recurrent::Output::last)
            return *h;
        if (layer_.output == import::Recurrent::Output::cell)
            return *c;
        std::vector<std::optional<std::uint32_t>> all;
        for (std::uint32_t i = 0; i < time * units_; ++i)
            all.emplace_back(i);
        return arranged(site_, site_.name(), sequence, site_.shape(), std::move(all));
    }

  private:
    std::string name(const char* part) const { return site_.name() + step_ + part; }

    Value nothing(const Value& like) {
        Value zero =
            arranged(site_, site_.name("_zero"), {like}, {units_}, std::vector<std::optional<std::uint32_t>>(units_));
        zero.error = 0;
        return zero;
    }

    Value row(const Value& all, std::uint32_t t) {
        const std::uint32_t width = gates_ * units_;
        std::vector<std::optional<std::uint32_t>> sources;
        for (std::uint32_t i = 0; i < width; ++i)
            sources.emplace_back(t * width + i);
        return arranged(site_, name("_x"), {all}, {width}, std::move(sources));
    }

    Value gate(const Value& all, std::uint32_t which) {
        std::vector<std::optional<std::uint32_t>> sources;
        for (std::uint32_t u = 0; u < units_; ++u)
            sources.emplace_back(which * units_ + u);
        return arranged(site_, name("_part"), {all}, {units_}, std::move(sources));
    }

    Value rounded(Value x) {
        site_.builder().round(x, site_.kept_inside());
        return x;
    }
    Value sum(const Value& a, const Value& b) { return merged(site_, name("_sum"), Kind::sum, {a, b}); }
    Value product(const Value& a, const Value& b) { return merged(site_, name("_product"), Kind::product, {a, b}); }

    Value through(const import::Nonlinearity& function, const Value& x) {
        if (const auto* relu = std::get_if<import::Relu>(&function))
            return rounded(rectified(site_, name("_relu"), rounded(x), *relu));
        if (const auto* other = std::get_if<import::Function>(&function))
            return rounded(applied(site_, name("_table"), rounded(x), *other, site_.kept_inside()));
        return rounded(x);
    }
    Value act(const Value& x) { return through(layer_.activation, x); }
    Value open(const Value& x) { return through(layer_.recurrent_activation, x); }

    void step(const Value& x, Value& h, std::optional<Value>& c) {
        if (layer_.kind == import::Recurrent::Kind::gru && !layer_.reset_after)
            return reset_before(x, h);
        const Value from_h = dense(site_, name("_recurrent"), h, layer_.recurrent, layer_.recurrent_bias);
        if (layer_.kind == import::Recurrent::Kind::simple) {
            h = act(sum(x, from_h));
        } else if (layer_.kind == import::Recurrent::Kind::lstm) {
            const Value all = rounded(sum(x, from_h));
            const Value kept = product(open(gate(all, 1)), *c), added = product(open(gate(all, 0)), act(gate(all, 2)));
            c = rounded(sum(kept, added));
            h = rounded(product(open(gate(all, 3)), act(*c)));
        } else {
            const Value reset = open(sum(gate(x, 1), gate(from_h, 1)));
            const Value candidate = act(sum(gate(x, 2), product(reset, gate(from_h, 2))));
            h = mixed(open(sum(gate(x, 0), gate(from_h, 0))), h, candidate);
        }
    }

    void reset_before(const Value& x, Value& h) {
        const auto columns = [&](std::uint32_t first, std::uint32_t count) {
            FloatArray part{{units_, count}, {}, layer_.recurrent.type, {}};
            for (std::uint32_t i = 0; i < units_; ++i)
                for (std::uint32_t j = 0; j < count; ++j)
                    part.values.push_back(layer_.recurrent.values[i * 3 * units_ + first + j]);
            if (layer_.recurrent.units.size() == 1)
                part.units = layer_.recurrent.units;
            else if (!layer_.recurrent.units.empty())
                part.type.reset();
            return part;
        };
        const Value gates = dense(site_, name("_recurrent"), h, columns(0, 2 * units_), std::nullopt);
        const Value reset = open(sum(gate(x, 1), gate(gates, 1)));
        const Value again =
            dense(site_, name("_candidate"), rounded(product(reset, h)), columns(2 * units_, units_), std::nullopt);
        h = mixed(open(sum(gate(x, 0), gate(gates, 0))), h, act(sum(gate(x, 2), again)));
    }

    /// z * h + (1 - z) * candidate = candidate + z * (h - candidate)
    Value mixed(const Value& z, const Value& h, const Value& candidate) {
        const Value apart = merged(site_, name("_apart"), Kind::difference, {h, candidate});
        return rounded(sum(candidate, product(z, apart)));
    }

    const import::Recurrent& layer_;
    Site& site_;
    std::uint32_t units_, gates_;
    std::string step_;
};

} // namespace

Value lower(const import::Recurrent& recurrent, Site& site) {
    return site.settled(Unrolled(recurrent, site).run(), true);
}

} // namespace gw::quantize::exact
