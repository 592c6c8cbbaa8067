#include "inspect/profile.hpp"

#include <algorithm>
#include <cmath>

#include "emulate/emulator.hpp"
#include "emulate/reference.hpp"
#include "support/error.hpp"

namespace gw::inspect {

namespace {

using fixed::FixedType;

std::string types_text(const network::Tensor& tensor) {
    const bool alike = std::all_of(tensor.types.begin(), tensor.types.end(),
                                   [&](const FixedType& type) { return type == tensor.types.front(); });
    return fixed::to_string(tensor.types.front()) + (alike ? "" : " ...");
}

class Counter {
  public:
    explicit Counter(TensorProfile& profile) : profile_(profile) {}

    void add(double value) {
        const bool first = profile_.values++ == 0;
        profile_.least = first ? value : std::min(profile_.least, value);
        profile_.most = first ? value : std::max(profile_.most, value);
        profile_.mean += value;
        profile_.deviation += value * value;
        if (value == 0) {
            ++profile_.zeros;
            return;
        }
        const int octave = std::ilogb(value) - TensorProfile::lowest_octave;
        const int last = static_cast<int>(profile_.octaves.size()) - 1;
        ++profile_.octaves[static_cast<std::size_t>(std::clamp(octave, 0, last))];
    }

    /// An exact result and the type that it is cast to.
    void add_exact(const emulate::Exact& exact, const FixedType& type, bool first) {
        const double value = fixed::to_double(exact.mantissa, exact.fraction);
        profile_.exact_least = first ? value : std::min(profile_.exact_least, value);
        profile_.exact_most = first ? value : std::max(profile_.exact_most, value);
        const fixed::Int128 rounded = fixed::round_to(exact.mantissa, exact.fraction, type.fraction, type.rounding);
        if (rounded >= type.lowest() && rounded <= type.highest())
            return;
        ++(type.overflow == fixed::Overflow::wrap ? profile_.wrapped : profile_.saturated);
    }

    void finish() {
        const auto count = static_cast<double>(std::max<std::size_t>(1, profile_.values));
        profile_.mean /= count;
        profile_.deviation = std::sqrt(std::max(0.0, profile_.deviation / count - profile_.mean * profile_.mean));
    }

  private:
    TensorProfile& profile_;
};

} // namespace

std::vector<TensorProfile> profile(const network::Network& network, const support::Array& rows) {
    if (rows.rows() == 0)
        throw support::user_error("there are no events to profile", network.name, "give at least one");
    std::vector<TensorProfile> all(network.tensors.size());
    for (std::size_t t = 0; t < all.size(); ++t) {
        all[t].name = network.tensors[t].name;
        all[t].kind = "input";
        all[t].type = types_text(network.tensors[t]);
    }
    const std::size_t width = network.input_size();
    std::vector<std::int64_t> raw(rows.rows() * width);
    emulate::to_raw(network, rows.values, raw);
    for (std::size_t event = 0; event < rows.rows(); ++event) {
        const auto values = emulate::evaluate_all(network, std::span(raw).subspan(event * width, width));
        for (std::size_t t = 0; t < all.size(); ++t)
            for (std::size_t i = 0; i < values[t].size(); ++i)
                Counter(all[t]).add(fixed::to_double(values[t][i], network.tensors[t].type(i).fraction));
        for (const network::Op& op : network.ops) {
            const auto out = static_cast<std::size_t>(network::output_of(op));
            emulate::Inputs inputs;
            for (const network::TensorId id : network::inputs_of(op))
                inputs.push_back(&values[static_cast<std::size_t>(id)]);
            const auto exact = emulate::before_cast(network, op, inputs);
            all[out].kind = network::kind_of(op);
            for (std::size_t i = 0; i < exact.size(); ++i)
                Counter(all[out]).add_exact(exact[i], network.tensors[out].type(i), event == 0 && i == 0);
        }
    }
    for (TensorProfile& each : all)
        Counter(each).finish();
    return all;
}

} // namespace gw::inspect
