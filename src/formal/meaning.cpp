#include "formal/meaning.hpp"

#include <algorithm>

#include "support/error.hpp"

namespace gw::formal {
namespace {

using fixed::Overflow;
using fixed::Rounding;

Value normalised(Form form, std::int32_t fraction) {
    if (form.is_constant() && form.constant() == 0)
        return {Form(), 0};
    int zeros = form.common_zeros();
    for (Int128 rest = form.constant(); zeros > 0 && rest != 0 && rest % (Int128{1} << std::min(zeros, 120)) != 0;)
        --zeros;
    if (form.is_constant()) {
        Int128 rest = form.constant();
        for (zeros = 0; rest % 2 == 0; rest /= 2)
            ++zeros;
    }
    return zeros > 0 ? Value{form.moved(-zeros), fraction - zeros} : Value{std::move(form), fraction};
}

/// 0 has no point of its own: it takes the other's, so that no mantissa gets zeros that say nothing.
void align_zero(Value& a, Value& b) {
    if (a.is_zero())
        a.fraction = b.fraction;
    else if (b.is_zero())
        b.fraction = a.fraction;
}

/// Whether rounding looks at the bits around the last one alone, and not at the sign.
bool rounds_by_low_bits(Rounding rounding) {
    return rounding == Rounding::trn || rounding == Rounding::rnd || rounding == Rounding::rnd_min_inf ||
           rounding == Rounding::rnd_conv;
}

} // namespace

std::vector<Value> operands(const NodeBody& body) {
    return std::visit(
        [](const auto& n) -> std::vector<Value> {
            if constexpr (requires { n.when; })
                return {n.when, n.a, n.b};
            else if constexpr (requires { n.b; })
                return {n.a, n.b};
            else if constexpr (requires { n.a; })
                return {n.a};
            else
                return {};
        },
        body);
}

Meaning::Meaning(const network::Network& network) : tensors_(network.tensors.size()) {
    std::uint32_t next = 0;
    for (const network::TensorId id : network.inputs) {
        const network::Tensor& tensor = network.tensor(id);
        for (std::size_t i = 0; i < tensor.size(); ++i)
            tensors_[static_cast<std::size_t>(id)].push_back(made(Input{next++}, Interval::of(tensor.type(i))));
    }
    for (const network::Op& op : network.ops) {
        std::vector<const std::vector<Value>*> inputs;
        for (const network::TensorId id : network::inputs_of(op))
            inputs.push_back(&tensors_[static_cast<std::size_t>(id)]);
        tensors_[static_cast<std::size_t>(network::output_of(op))] = elements_of(*this, network, op, inputs);
    }
}

Interval Meaning::range(const Form& form) const {
    return form.range([&](Atom atom) {
        const Interval& own = nodes_.at(atom.index).range;
        return Interval{own.low, own.high, 0};
    });
}

Interval Meaning::range(const Value& value) const {
    const Interval integers = range(value.form);
    return {integers.low, integers.high, value.fraction};
}

Value Meaning::made(NodeBody body, const Interval& range) {
    const bool is_input = std::holds_alternative<Input>(body);
    if (range.low == range.high && !is_input)
        return constant(range.low, range.fraction);
    const auto [place, fresh] = known_.try_emplace(body, static_cast<NodeId>(nodes_.size()));
    if (fresh)
        nodes_.push_back({std::move(body), range});
    if (range.low == range.high) // an input element of no bits
        return constant(range.low, range.fraction);
    return {Form(Atom{Atom::Kind::node, place->second}), range.fraction};
}

Value Meaning::constant(Int128 mantissa, std::int32_t fraction) const {
    return normalised(Form(mantissa), fraction);
}

Value Meaning::sum(const Value& a, const Value& b, Int128 factor, std::int32_t factor_fraction) const {
    const std::int32_t b_fraction = b.fraction + factor_fraction, fraction = std::max(a.fraction, b_fraction);
    Form form = a.form.moved(fraction - a.fraction);
    form.add(b.form.moved(fraction - b_fraction), factor);
    return normalised(std::move(form), fraction);
}

/// wrap(c * wrap(x) + y) = wrap(c * x + y) where c times the inner modulus is a multiple of the outer one: which of the
/// conversions of a running sum a circuit carries out is its own affair.
Form Meaning::unwrapped(const Form& form, int bits) const {
    Form result;
    result.add(Form(form.constant()));
    bool changed = false;
    for (const auto& [atom, coefficient] : form.terms()) {
        const auto* inner = std::get_if<Cast>(&nodes_[atom.index].body);
        const bool plain =
            inner != nullptr && inner->overflow == Overflow::wrap && inner->a.fraction <= inner->fraction;
        Int128 factor = coefficient;
        int zeros = plain ? inner->width : 0;
        for (; factor % 2 == 0; factor /= 2)
            ++zeros;
        if (plain && zeros >= bits) {
            result.add(inner->a.form.moved(inner->fraction - inner->a.fraction), coefficient);
            changed = true;
        } else {
            result.add(Form(atom), coefficient);
        }
    }
    return changed ? unwrapped(result, bits) : result;
}

Value Meaning::cast(const Value& a, const FixedType& type) {
    const Interval from = range(a);
    if (a.fraction <= type.fraction && fixed::fits(from, type))
        return a;
    if (a.form.is_constant())
        return constant(fixed::cast(a.form.constant(), a.fraction, type), type.fraction);
    Value operand = a;
    const int kept = type.width + a.fraction - type.fraction; // low bits of a's mantissa that wrapping leaves
    if (type.overflow == Overflow::wrap && (a.fraction <= type.fraction || rounds_by_low_bits(type.rounding))) {
        if (kept <= 0)
            return constant(0, 0);
        operand.form = unwrapped(a.form, kept);
        if (a.fraction < type.fraction) // the bits below are zero before and behind
            return made(Cast{operand, kept, a.fraction, type.is_signed, Rounding::trn, Overflow::wrap},
                        fixed::cast(from, {kept, a.fraction, type.is_signed, Rounding::trn, Overflow::wrap}));
    }
    if (operand.form.terms().size() == 1 && operand.form.constant() == 0) { // of a table: another table
        const auto& [atom, factor] = *operand.form.terms().begin();
        if (const auto* table = std::get_if<Stairs>(&nodes_[atom.index].body)) {
            const Stairs copy = *table;
            std::vector<std::int64_t> values;
            for (const std::int64_t value : copy.values)
                values.push_back(static_cast<std::int64_t>(fixed::cast(value * factor, operand.fraction, type)));
            return stairs(copy.a, copy.thresholds, std::move(values), type.fraction);
        }
    }
    return made(Cast{operand, type.width, type.fraction, type.is_signed, type.rounding, type.overflow},
                fixed::cast(from, type));
}

Value Meaning::product(const Value& a, const Value& b) {
    for (const auto& [one, other] : {std::pair(&a, &b), std::pair(&b, &a)})
        if (one->form.is_constant())
            return sum(Value{}, *other, one->form.constant(), one->fraction);
    const bool swapped = b < a;
    const Value &first = swapped ? b : a, &second = swapped ? a : b;
    Interval all = range(first) * range(second);
    if (first == second)
        all.low = std::max<Int128>(all.low, 0);
    const Value result = made(Product{first, second}, all);
    if (!result.form.is_constant())
        products_.try_emplace({first.form, second.form}, result.form.terms().begin()->first.index);
    return result;
}

std::optional<Form> Meaning::find_product(const Form& a, const Form& b) const {
    const auto integer = [](const Form& form) { return normalised(form.moved(form.shift()), form.shift()); };
    const Value x = integer(a), y = integer(b);
    for (const auto& [first, second] : {std::pair(&x, &y), std::pair(&y, &x)})
        for (const bool first_negative : {false, true})
            for (const bool second_negative : {false, true}) {
                const auto found = products_.find({first_negative ? first->form.negated() : first->form,
                                                   second_negative ? second->form.negated() : second->form});
                if (found == products_.end())
                    continue;
                const Form product = Form(Atom{Atom::Kind::node, found->second}).moved(-x.fraction - y.fraction);
                return first_negative != second_negative ? product.negated() : product;
            }
    return std::nullopt;
}

Value Meaning::less(Value a, Value b, bool or_equal) {
    align_zero(a, b);
    const Interval difference = range(sum(a, b, -1));
    if (or_equal ? difference.high <= 0 : difference.high < 0)
        return constant(1, 0);
    if (or_equal ? difference.low > 0 : difference.low >= 0)
        return constant(0, 0);
    return made(Less{a, b, or_equal}, Interval{0, 1, 0});
}

Value Meaning::choice(const Value& when, Value a, Value b) {
    align_zero(a, b);
    if (when.form.is_constant())
        return when.form.constant() != 0 ? a : b;
    return a == b ? a : made(Choice{when, a, b}, fixed::united(range(a), range(b)));
}

Value Meaning::extreme(Value a, Value b, bool greater) {
    align_zero(a, b);
    const Interval difference = range(sum(a, b, -1));
    if (greater ? difference.low >= 0 : difference.high <= 0)
        return a;
    if (greater ? difference.high <= 0 : difference.low >= 0)
        return b;
    const std::int32_t fraction = std::max(a.fraction, b.fraction);
    const Interval x = fixed::aligned(range(a), fraction), y = fixed::aligned(range(b), fraction);
    const Interval all = greater ? Interval{std::max(x.low, y.low), std::max(x.high, y.high), fraction}
                                 : Interval{std::min(x.low, y.low), std::min(x.high, y.high), fraction};
    const bool swapped = b < a;
    return made(Extreme{swapped ? b : a, swapped ? a : b, greater}, all);
}

Value Meaning::stairs(const Value& a, std::vector<Int128> thresholds, std::vector<std::int64_t> values,
                      std::int32_t fraction) {
    Stairs made_of{a, {}, {values.front()}, fraction};
    for (std::size_t i = 0; i < thresholds.size(); ++i)
        if (values[i + 1] != made_of.values.back()) {
            made_of.thresholds.push_back(thresholds[i]);
            made_of.values.push_back(values[i + 1]);
        }
    const auto [low, high] = std::minmax_element(made_of.values.begin(), made_of.values.end());
    const Interval all{*low, *high, fraction};
    return made(std::move(made_of), all);
}

Value Meaning::quotient(const Value& a, std::int64_t divisor, std::int32_t divisor_fraction, std::int32_t fraction) {
    return made(Quotient{a, divisor, divisor_fraction, fraction},
                fixed::divided(range(a), divisor, divisor_fraction, fraction));
}

} // namespace gw::formal
