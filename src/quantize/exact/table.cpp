// A function of one variable as a table. Where the variable has few values, each has its entry and only the entry is
// rounded. Where it has many, flat tails are left to the clamping of the index, and what is between is cut into bins
// of 2^k neighbours, each holding the function at its middle; the error of every bin is taken at both its ends. In a
// quantised model, where results are to be as good as a binary32's, a bin is a line instead: value + slope * (variable
// modulo 2^k), which is the variable wrapped.
#include <algorithm>
#include <limits>

#include "quantize/constants.hpp"
#include "quantize/exact/families.hpp"

namespace gw::quantize::exact {

namespace {

using fixed::Int128;

constexpr double largest = 1 << 30; ///< of an entry; poles are cut off there
constexpr std::size_t lines = 8192; ///< at most

double infinite() {
    return std::numeric_limits<double>::infinity();
}

class Tabulator {
  public:
    Tabulator(Site& site, const Value& x, const Tabulation& table) : site_(site), x_(x), table_(table) {
        const fixed::Interval range = site.builder().range(x);
        fraction_ = site.builder().fraction(x);
        const fixed::Interval all = fixed::aligned(range, fraction_);
        lowest_ = static_cast<std::int64_t>(all.low);
        highest_ = static_cast<std::int64_t>(all.high);
        step_ = std::ldexp(x.units.front(), -fraction_);
        low_ = static_cast<std::int64_t>(std::max<Int128>(all.low, mantissa(table.low, all.low, true)));
        high_ = static_cast<std::int64_t>(std::min<Int128>(all.high, mantissa(table.high, all.high, false)));
        low_ = std::min(low_, high_);
    }

    Value run(const std::string& name) {
        const std::size_t limit = site_.quantised() ? 65536 : site_.model().options.table_points;
        if (!holds(limit))
            trim_tails();
        if (!holds(limit) && site_.quantised())
            if (auto y = Tabulator(*this).by_lines(name))
                return *y;
        while (!holds(limit))
            ++shift_;
        fill();
        network::Table op{};
        op.input = x_.tensor;
        op.fraction = fraction_;
        op.denominator = std::int64_t{1} << shift_;
        op.offset = -(low_ >> shift_);
        op.values = rounded(values_, {static_cast<std::uint32_t>(values_.size())}, precision());
        const std::int32_t fraction = op.values.type.fraction;
        Value y = site_.builder().emit(name, x_.shape, fraction, std::move(op));
        y.error = error_ + std::ldexp(1.0, -fraction - 1) +
                  (x_.error > 0 ? std::min(slope_ * 1.1 * x_.error, table_.spread) : 0.0);
        return y;
    }

  private:
    Int128 mantissa(double bound, Int128 otherwise, bool up) const {
        const double at = bound / step_;
        return std::abs(at) < 9e18 ? Int128(static_cast<std::int64_t>(up ? std::ceil(at) : std::floor(at))) : otherwise;
    }

    bool holds(std::size_t limit) const {
        return static_cast<std::uint64_t>(high_ >> shift_) - static_cast<std::uint64_t>(low_ >> shift_) < limit;
    }

    double at(double mantissa) const { return table_.function(mantissa * step_); }

    /// From either end as far as the function is within a quarter of the last bit of its value there.
    void trim_tails() {
        constexpr int samples = 8192;
        const double tolerance = std::ldexp(1.0, -table_.fraction - 2);
        const auto low = static_cast<double>(low_), high = static_cast<double>(high_);
        const auto sample = [&](int k) { return low + (high - low) * k / samples; };
        int first = 0, last = samples;
        while (first + 1 < last && std::abs(at(sample(first + 1)) - at(low)) <= tolerance)
            ++first;
        while (first < last - 1 && std::abs(at(sample(last - 1)) - at(high)) <= tolerance)
            --last;
        if (first > 0)
            low_ = static_cast<std::int64_t>(sample(first));
        if (last < samples)
            high_ = static_cast<std::int64_t>(sample(last));
        error_ = first > 0 || last < samples ? tolerance : 0;
    }

    void fill() {
        const std::int64_t first = low_ >> shift_, last = high_ >> shift_, per = std::int64_t{1} << shift_;
        double before = 0;
        for (std::int64_t bin = first; bin <= last; ++bin) {
            const auto from = static_cast<double>(std::max(low_, bin * per));
            const auto to = static_cast<double>(std::min(high_, bin * per + (per - 1)));
            const double middle = at((from + to) / 2);
            const bool sound = std::isfinite(middle) && std::abs(middle) <= largest;
            const double value = std::isnan(middle) ? 0.0 : std::clamp(middle, -largest, largest);
            const double worst = std::max(std::abs(at(from) - value), std::abs(at(to) - value));
            error_ = sound && std::isfinite(worst) ? std::max(error_, worst) : infinite();
            if (bin > first)
                slope_ = std::max(slope_, std::abs(value - before) / (static_cast<double>(per) * step_));
            before = value;
            values_.push_back(value);
        }
    }

    /// None where the function has poles.
    std::optional<Value> by_lines(const std::string& name) {
        while (!holds(lines))
            ++shift_;
        const std::int64_t per = std::int64_t{1} << shift_;
        const double width = static_cast<double>(per) * std::ldexp(1.0, -fraction_); // of the tensor's own values
        // What is clamped to the first or last bin must find it flat: a whole bin of the tail.
        const bool left = low_ > lowest_ + per, right = high_ < highest_ - per;
        low_ = left ? low_ - per : lowest_;
        high_ = right ? high_ + per : highest_;
        const std::int64_t first = low_ >> shift_, last = high_ >> shift_;
        std::vector<double> slopes;
        for (std::int64_t bin = first; bin <= last; ++bin) {
            const auto start = static_cast<double>(bin * per);
            const auto from = static_cast<double>(std::max(low_, bin * per));
            const auto to = static_cast<double>(std::min(high_ + 1, (bin + 1) * per));
            const bool flat = (left && bin == first) || (right && bin == last);
            const double slope = flat ? 0.0 : (at(to) - at(from)) / (to - from); // by mantissa
            const double value = at(from) - slope * (from - start);
            for (const double part : {0.25, 0.5, 0.75}) {
                const double x = from + part * (to - from);
                error_ = std::max(error_, 1.25 * std::abs(at(x) - value - slope * (x - start)));
            }
            if (!std::isfinite(value + slope + error_) || std::abs(value) > largest)
                return std::nullopt;
            slope_ = std::max(slope_, std::abs(slope) / step_);
            values_.push_back(value);
            slopes.push_back(slope * static_cast<double>(per) / width);
        }
        return sloping(name, slopes, width);
    }

    Value sloping(const std::string& name, const std::vector<double>& slopes, double width) {
        const std::int32_t fraction = precision();
        const auto table = [&](const std::string& own, const std::vector<double>& values, std::int32_t bits) {
            network::Table op{};
            op.input = x_.tensor;
            op.fraction = fraction_;
            op.denominator = std::int64_t{1} << shift_;
            op.offset = -(low_ >> shift_);
            op.values = rounded(values, {static_cast<std::uint32_t>(values.size())}, bits);
            return site_.builder().emit(own, x_.shape, bits, std::move(op));
        };
        const Value start = table(name + "_start", values_, fraction + 2);
        const int reach = static_cast<int>(std::ceil(std::log2(width)));
        const Value slope = table(name + "_slope", slopes, std::max(0, fraction + 3 + reach));
        const Value rest =
            site_.builder().emit(name + "_rest", x_.shape, fraction_, network::Requantise{x_.tensor, {}});
        site_.builder().retype(rest,
                               {FixedType{shift_, fraction_, false, fixed::Rounding::trn, fixed::Overflow::wrap}});
        Value rise = merged(site_, name + "_rise", network::Merge::Kind::product, {slope, rest});
        site_.builder().round(rise, fraction + 2);
        Value y = merged(site_, name, network::Merge::Kind::sum, {start, rise});
        y.error = error_ + std::ldexp(1.0, -fraction) +
                  (x_.error > 0 ? std::min(slope_ * 1.1 * x_.error, table_.spread) : 0.0);
        return y;
    }

    /// As asked for, but entries stay below 50 bits.
    std::int32_t precision() const {
        double most = 0;
        for (const double value : values_)
            most = std::max(most, std::abs(value));
        int exponent = 0;
        std::frexp(most, &exponent);
        return std::min(table_.fraction, 50 - exponent);
    }

    Site& site_;
    const Value& x_;
    const Tabulation& table_;
    std::int32_t fraction_ = 0;
    double step_ = 1; ///< between neighbouring values of x
    std::int64_t low_ = 0, high_ = 0;
    std::int64_t lowest_ = 0, highest_ = 0; ///< of the variable
    int shift_ = 0;
    std::vector<double> values_;
    double error_ = 0, slope_ = 0;
};

} // namespace

Value tabulated(Site& site, const std::string& name, const Value& x, const Tabulation& table) {
    const Value from = site.uniform(x);
    return Tabulator(site, from, table).run(name);
}

} // namespace gw::quantize::exact
