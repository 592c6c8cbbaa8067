// Recurrent layers, step by step, as Keras defines them (keras.layers.SimpleRNN, LSTM, GRU).
#include "floating/layers.hpp"

namespace gw::floating {
namespace {

double apply(const import::Nonlinearity& function, double x) {
    if (const auto* relu = std::get_if<import::Relu>(&function))
        return floating::apply(*relu, x);
    if (const auto* other = std::get_if<import::Function>(&function))
        return floating::apply(*other, x);
    return x;
}

/// v * weights + bias; weights {v.size(), columns}.
Values times(const Values& v, const import::FloatArray& weights, const std::optional<import::FloatArray>& bias) {
    const std::size_t columns = weights.shape[1];
    Values result(columns);
    for (std::size_t j = 0; j < columns; ++j) {
        result[j] = bias ? bias->values[j] : 0.0;
        for (std::size_t i = 0; i < v.size(); ++i)
            result[j] += v[i] * weights.values[i * columns + j];
    }
    return result;
}

struct State {
    Values h, c;
};

class Cell {
  public:
    explicit Cell(const import::Recurrent& layer) : layer_(layer), units_(layer.recurrent.shape[0]) {}

    void step(const Values& x, State& state) const {
        const Values from_x = times(x, layer_.kernel, layer_.bias);
        const Values from_h = times(state.h, layer_.recurrent, layer_.recurrent_bias);
        if (layer_.kind == import::Recurrent::Kind::simple)
            for (std::size_t u = 0; u < units_; ++u)
                state.h[u] = apply(layer_.activation, from_x[u] + from_h[u]);
        else if (layer_.kind == import::Recurrent::Kind::lstm)
            lstm(from_x, from_h, state);
        else
            gru(from_x, from_h, state);
    }

  private:
    double gate(double x) const { return apply(layer_.recurrent_activation, x); }
    double act(double x) const { return apply(layer_.activation, x); }

    void lstm(const Values& x, const Values& h, State& state) const {
        for (std::size_t u = 0; u < units_; ++u) {
            const auto sum = [&](std::size_t which) { return x[which * units_ + u] + h[which * units_ + u]; };
            state.c[u] = gate(sum(1)) * state.c[u] + gate(sum(0)) * act(sum(2));
            state.h[u] = gate(sum(3)) * act(state.c[u]);
        }
    }

    void gru(const Values& x, const Values& h, State& state) const {
        Values reset_h(units_), candidate(units_);
        for (std::size_t u = 0; u < units_; ++u)
            reset_h[u] = gate(x[units_ + u] + h[units_ + u]) * state.h[u];
        for (std::size_t u = 0; u < units_; ++u) {
            double recurrent = 0;
            if (layer_.reset_after) {
                recurrent = gate(x[units_ + u] + h[units_ + u]) * h[2 * units_ + u];
            } else {
                for (std::size_t i = 0; i < units_; ++i)
                    recurrent += reset_h[i] * layer_.recurrent.values[i * 3 * units_ + 2 * units_ + u];
            }
            candidate[u] = act(x[2 * units_ + u] + recurrent);
        }
        for (std::size_t u = 0; u < units_; ++u) {
            const double z = gate(x[u] + h[u]);
            state.h[u] = z * state.h[u] + (1 - z) * candidate[u];
        }
    }

    const import::Recurrent& layer_;
    std::size_t units_;
};

} // namespace

Values compute(const import::Recurrent& recurrent, const Context& context) {
    const std::size_t time = context.in()[0], features = context.in()[1], units = recurrent.recurrent.shape[0];
    State state{Values(units, 0.0), Values(units, 0.0)};
    if (context.inputs.size() > 1)
        state.h = context.x(1);
    if (context.inputs.size() > 2)
        state.c = context.x(2);
    const Cell cell(recurrent);
    Values sequence;
    for (std::size_t t = 0; t < time; ++t) {
        const std::size_t at = (recurrent.backwards ? time - 1 - t : t) * features;
        const auto begin = context.x().begin() + static_cast<std::ptrdiff_t>(at);
        cell.step(Values(begin, begin + static_cast<std::ptrdiff_t>(features)), state);
        sequence.insert(sequence.end(), state.h.begin(), state.h.end());
    }
    switch (recurrent.output) {
    case import::Recurrent::Output::sequence:
        return sequence;
    case import::Recurrent::Output::cell:
        return state.c;
    case import::Recurrent::Output::last:
        break;
    }
    return state.h;
}

} // namespace gw::floating
