// The meaning as logic: each node by its definition, no cleverness.
#include <algorithm>

#include "formal/piece.hpp"
#include "support/error.hpp"

namespace gw::formal {

using fixed::Overflow;
using fixed::Rounding;

/// The bits of one node from those of its operands.
class NodeLogic {
  public:
    NodeLogic(Piece& piece, const Node& node) : piece_(piece), aig_(piece.aig_), node_(node) {}

    Literals operator()(const Input& /*n*/) { throw support::internal_error("an input is an unknown", "formal"); }
    Literals operator()(const Cast& n) {
        const FixedType type = n.type();
        Literals value = rounded(piece_.number(n.a, n.a.fraction), n.a.fraction - type.fraction, type.rounding);
        const auto width = static_cast<std::size_t>(type.width);
        if (type.overflow == Overflow::wrap)
            return type.is_signed ? resized(value, width) : zero_extended(resized(value, width), width + 1);
        value = resized(value, std::max(value.size(), width + 1) + 1);
        const auto end = [&](Int128 at) { return constant_bits(at, value.size()); };
        const bool zero = type.overflow == Overflow::sat_zero;
        const Literal under = below(aig_, value, end(type.lowest()), true);
        const Literal over = below(aig_, end(type.highest()), value, true);
        const Literals kept = choice(aig_, over, end(zero ? 0 : type.highest()),
                                     choice(aig_, under, end(zero ? 0 : type.lowest()), value));
        return resized(kept, width + 1);
    }
    Literals operator()(const Product& n) {
        const Literals a = piece_.number(n.a, n.a.fraction), b = piece_.number(n.b, n.b.fraction);
        const std::size_t width = a.size() + b.size();
        return product(aig_, resized(a, width), resized(b, width));
    }
    Literals operator()(const Less& n) {
        const auto [a, b] = aligned(n.a, n.b);
        return {n.or_equal ? inverted(below(aig_, b, a, true)) : below(aig_, a, b, true), always_false};
    }
    Literals operator()(const Choice& n) {
        const auto [a, b] = aligned(n.a, n.b);
        return choice(aig_, any(aig_, piece_.number(n.when, 0)), a, b);
    }
    Literals operator()(const Extreme& n) {
        const auto [a, b] = aligned(n.a, n.b);
        const Literal a_first = below(aig_, a, b, true);
        return n.greater ? choice(aig_, a_first, b, a) : choice(aig_, a_first, a, b);
    }
    Literals operator()(const Stairs& n) {
        const Literals a = piece_.number(n.a, n.a.fraction);
        const auto width = static_cast<std::size_t>(width_for(node_.range.low, node_.range.high));
        const Interval range = piece_.meaning_.range(n.a);
        Literals result = constant_bits(n.values.front(), width);
        for (std::size_t i = 0; i < n.thresholds.size(); ++i) {
            const Int128 at = n.thresholds[i];
            const Literal passed = at <= range.low   ? always_true
                                   : at > range.high ? always_false
                                                     : inverted(below(aig_, a, constant_bits(at, a.size()), true));
            result = choice(aig_, passed, constant_bits(n.values[i + 1], width), result);
        }
        return result;
    }
    /// Long division of the magnitude moved up: floor((a + k * d) / d) - k.
    Literals operator()(const Quotient& n) {
        const std::int32_t up = n.fraction + n.divisor_fraction - n.a.fraction;
        const Int128 divisor = up >= 0 ? Int128{n.divisor} : Int128{n.divisor} << -up;
        const Literals a = moved_up(piece_.number(n.a, n.a.fraction), std::max(up, 0));
        const Interval own = piece_.meaning_.range(n.a);
        const Int128 low = own.low * (Int128{1} << std::max(up, 0)), high = own.high * (Int128{1} << std::max(up, 0));
        const Int128 raised = low < 0 ? (-low + divisor - 1) / divisor : 0;
        const auto width =
            static_cast<std::size_t>(width_for(std::min<Int128>(low, -divisor), high + (raised + 2) * divisor));
        Literals rest = formal::sum(aig_, resized(a, width), constant_bits(raised * divisor, width));
        Literals quotient(width, always_false);
        for (int bit = width_for(0, (high + raised * divisor) / divisor); bit-- > 0;) {
            const Int128 part = divisor << bit;
            if (part > high + raised * divisor)
                continue;
            const Literal fits = inverted(below(aig_, rest, constant_bits(part, width), true));
            rest = choice(aig_, fits, difference(aig_, rest, constant_bits(part, width)), rest);
            quotient[static_cast<std::size_t>(bit)] = fits;
        }
        Literals floor = difference(aig_, quotient, constant_bits(raised, width));
        floor[0] = aig_.either(floor[0], any(aig_, rest));
        return floor;
    }

  private:
    std::pair<Literals, Literals> aligned(const Value& a, const Value& b) {
        const std::int32_t fraction = std::max(a.fraction, b.fraction);
        Literals x = piece_.number(a, fraction), y = piece_.number(b, fraction);
        const std::size_t width = std::max(x.size(), y.size());
        return {resized(x, width), resized(y, width)};
    }

    /// UG1399's roundings, as fixed/cast.cpp states them.
    Literals rounded(const Literals& a, std::int32_t dropped, Rounding rounding) {
        if (dropped <= 0)
            return moved_up(a, -dropped);
        const auto count = static_cast<std::size_t>(dropped);
        const Literals wide = resized(a, std::max(a.size(), count + 1) + 1); // room for the one that is added
        const Literal half = wide[count - 1], negative = wide.back(), last = wide[count];
        const Literal rest = any(aig_, Literals(wide.begin(), wide.begin() + dropped - 1));
        const auto up = [&]() -> Literal {
            switch (rounding) {
            case Rounding::trn:
                return always_false;
            case Rounding::trn_zero:
                return aig_.both(negative, aig_.either(half, rest));
            case Rounding::rnd:
                return half;
            case Rounding::rnd_zero:
                return aig_.both(half, aig_.either(negative, rest));
            case Rounding::rnd_min_inf:
                return aig_.both(half, rest);
            case Rounding::rnd_inf:
                return aig_.both(half, aig_.either(inverted(negative), rest));
            case Rounding::rnd_conv:
                return aig_.both(half, aig_.either(last, rest));
            }
            throw support::internal_error("unknown rounding mode", "formal");
        }();
        const Literals floor(wide.begin() + dropped, wide.end());
        return formal::sum(aig_, resized(floor, floor.size() + 1), Literals(floor.size() + 1, always_false), up);
    }

    Piece& piece_;
    Aig& aig_;
    const Node& node_;
};

const Literals& Piece::used(NodeId id) {
    if (const auto found = nodes_.find(id); found != nodes_.end())
        return found->second;
    return nodes_[id] = unknown(meaning_.nodes()[id].range);
}

const Literals& Piece::node(NodeId id) {
    if (const auto found = nodes_.find(id); found != nodes_.end())
        return found->second;
    if (is_known(id))
        return used(id);
    const Node& node = meaning_.nodes()[id];
    Literals bits = std::visit(NodeLogic(*this, node), node.body);
    bits = resized(bits, static_cast<std::size_t>(width_for(node.range.low, node.range.high)));
    return nodes_[id] = std::move(bits);
}

/// Modulo 2^width.
Literals Piece::total(const Form& form, std::size_t width) {
    if (depth_ == Depth::sums)
        if (const auto core = core_of(form))
            if (const auto found = sums_.find(core->form); found != sums_.end() && !found->second.bits.empty()) {
                Literals bits = resized(moved_up(found->second.bits, core->places), width);
                if (core->negative)
                    bits = difference(aig_, Literals(width, always_false), bits);
                return formal::sum(aig_, bits, constant_bits(core->constant, width));
            }
    Literals result = constant_bits(form.constant(), width);
    for (const auto& [atom, coefficient] : form.terms())
        result = formal::sum(aig_, result, times_constant(aig_, resized(node(atom.index), width), coefficient));
    return result;
}

Literals Piece::number(const Value& value, std::int32_t fraction) {
    if (value.is_zero())
        return {always_false};
    const Interval range = meaning_.range(value.form);
    const Literals bits = total(value.form, static_cast<std::size_t>(width_for(range.low, range.high)));
    if (fraction < value.fraction)
        throw support::internal_error("a value at fewer fraction bits than it has", "formal");
    return moved_up(bits, fraction - value.fraction);
}

/// The unknown for a sum that the meaning has as well; none for any other.
const Piece::Sum* Piece::sum_of(const Core& core) {
    const auto found = sums_.find(core.form);
    if (found == sums_.end())
        return nullptr;
    Literals& bits = found->second.bits;
    if (bits.empty()) {
        const Interval range = meaning_.range(core.form);
        const auto& [atom, coefficient] = *core.form.terms().begin();
        if (core.form.terms().size() == 1 && is_unknown(atom.index)) // no sum: a multiple of an unknown
            bits = times_constant(aig_,
                                  resized(used(atom.index), static_cast<std::size_t>(width_for(range.low, range.high))),
                                  coefficient);
        else
            bits = unknown(range);
    }
    return &found->second;
}

} // namespace gw::formal
