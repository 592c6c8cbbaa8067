#include "formal/cell_logic.hpp"

#include <algorithm>

#include "support/error.hpp"

namespace gw::formal {
namespace {

Literals extended(const Literals& a, std::size_t width, bool is_signed) {
    return is_signed ? resized(a, width) : zero_extended(a, width);
}

/// contents[address], by halves.
Literals read(Aig& aig, const std::vector<Literals>& contents, const Literals& address, std::size_t first,
              std::size_t bit) {
    if (bit == 0)
        return contents[first];
    const std::size_t half = std::size_t{1} << (bit - 1);
    return choice(aig, address[bit - 1], read(aig, contents, address, first + half, bit - 1),
                  read(aig, contents, address, first, bit - 1));
}

Literal compared(Aig& aig, const Cell& cell, const CellInputs& in) {
    const std::size_t width = std::max(in.a.size(), in.b.size());
    const Literals a = extended(in.a, width, cell.is_signed), b = extended(in.b, width, cell.is_signed);
    return cell.kind == CellKind::less ? below(aig, a, b, cell.is_signed) : inverted(below(aig, b, a, cell.is_signed));
}

Literals arithmetic(Aig& aig, const Cell& cell, const CellInputs& in) {
    const std::size_t width = cell.y.size();
    const Literals a = extended(in.a, width, cell.is_signed), b = extended(in.b, width, cell.is_signed);
    switch (cell.kind) {
    case CellKind::add:
        return sum(aig, a, b);
    case CellKind::sub:
        return difference(aig, a, b);
    default:
        return product(aig, a, b);
    }
}

Literals bitwise(Aig& aig, const Cell& cell, const CellInputs& in) {
    const std::size_t width = cell.y.size();
    const Literals a = extended(in.a, width, cell.is_signed), b = extended(in.b, width, cell.is_signed);
    Literals result;
    for (std::size_t i = 0; i < width; ++i)
        result.push_back(cell.kind == CellKind::bit_not   ? inverted(a[i])
                         : cell.kind == CellKind::bit_and ? aig.both(a[i], b[i])
                         : cell.kind == CellKind::bit_or  ? aig.either(a[i], b[i])
                                                          : aig.differ(a[i], b[i]));
    return result;
}

} // namespace

Literals cell_outputs(Aig& aig, const Cell& cell, const CellInputs& in) {
    const auto one_bit_result = [&](Literal value) { return zero_extended({value}, cell.y.size()); };
    switch (cell.kind) {
    case CellKind::add:
    case CellKind::sub:
    case CellKind::mul:
        return arithmetic(aig, cell, in);
    case CellKind::mux:
        return choice(aig, in.s.at(0), in.b, in.a);
    case CellKind::bit_not:
    case CellKind::bit_and:
    case CellKind::bit_or:
    case CellKind::bit_xor:
        return bitwise(aig, cell, in);
    case CellKind::reduce_and:
        return one_bit_result(all(aig, in.a));
    case CellKind::reduce_or:
        return one_bit_result(any(aig, in.a));
    case CellKind::logic_not:
        return one_bit_result(inverted(any(aig, in.a)));
    case CellKind::less:
    case CellKind::less_equal:
        return one_bit_result(compared(aig, cell, in));
    case CellKind::rom:
        if (in.contents.size() < std::size_t{1} << in.a.size())
            throw support::unsupported("a table with fewer places than its address can name", cell.name);
        return read(aig, in.contents, in.a, 0, in.a.size());
    }
    throw support::internal_error("a cell of no kind", "formal");
}

} // namespace gw::formal
