#include "emulate/reference_sums.hpp"

#include <bit>
#include <span>

#include "network/window.hpp"

namespace gw::emulate::plain {
namespace {

/// A running sum as network::Accumulator says.
class Sum {
  public:
    Sum(const network::Accumulator& accumulator, const Exact& start) : accumulator_(accumulator), total_(kept(start)) {}

    void add(const Exact& term) { total_ = kept(sum(total_, entering(term))); }
    const Exact& total() const { return total_; }

    Exact entering(const Exact& term) const {
        return accumulator_.products == network::Accumulator::Products::converted ? kept(term) : term;
    }
    Exact kept(const Exact& value) const { return accumulator_.type ? converted(value, *accumulator_.type) : value; }

  private:
    const network::Accumulator& accumulator_;
    Exact total_;
};

Exact start(const std::optional<network::Constant>& bias, std::size_t j) {
    return bias ? element(*bias, j) : Exact{};
}

Exact in_a_tree(const Sum& rules, std::span<const Exact> terms) {
    if (terms.size() == 1)
        return rules.entering(terms.front());
    const std::size_t half = std::bit_floor(terms.size() - 1);
    return rules.kept(sum(in_a_tree(rules, terms.first(half)), in_a_tree(rules, terms.subspan(half))));
}

Exact extreme(std::span<const Exact> terms, bool maximum) {
    Exact best = terms.front();
    for (const Exact& term : terms.subspan(1))
        if (maximum ? less(best, term) : less(term, best))
            best = term;
    return best;
}

} // namespace

std::vector<Exact> dense(const network::Dense& op, const Seen& x, const network::Tensor& out) {
    const std::size_t inputs = op.weights.shape[0], outputs = op.weights.shape[1];
    std::vector<Exact> results;
    for (std::size_t k = 0; k < out.size(); ++k) {
        const std::size_t position = k / outputs, j = k % outputs;
        Sum total(op.accumulator, start(op.bias, j));
        for (std::size_t i = 0; i < inputs; ++i)
            total.add(product(x[position * inputs + i], {op.weights.raw[i * outputs + j], op.weights.type.fraction}));
        results.push_back(total.total());
    }
    return results;
}

std::vector<Exact> conv(const network::Conv& op, const Seen& x, const network::Tensor& out) {
    const std::size_t outputs = out.shape.back(), channels = x.tensor.shape.back(), depth = channels / op.groups;
    const network::Shape from = network::spatial(x.tensor.shape), to = network::spatial(out.shape);
    std::vector<Exact> results;
    for (std::size_t k = 0; k < out.size(); ++k) {
        const std::size_t o = k % outputs, first = o / (outputs / op.groups) * depth;
        const auto taps = network::seen(op.window, from, to, k / outputs);
        Sum total(op.accumulator, start(op.bias, o));
        for (std::size_t t = 0; t < taps.size(); ++t)
            for (std::size_t c = 0; c < depth && taps[t]; ++c)
                total.add(product(x[*taps[t] * channels + first + c],
                                  {op.weights.raw[(t * depth + c) * outputs + o], op.weights.type.fraction}));
        results.push_back(total.total());
    }
    return results;
}

std::vector<Exact> pool(const network::Pool& op, const Seen& x, const network::Tensor& out) {
    const std::size_t channels = out.shape.back();
    const network::Shape from = network::spatial(x.tensor.shape), to = network::spatial(out.shape);
    std::vector<Exact> results;
    for (std::size_t k = 0; k < out.size(); ++k) {
        std::vector<Exact> terms;
        for (const auto& tap : network::seen(op.window, from, to, k / channels)) {
            if (tap)
                terms.push_back(x[*tap * channels + k % channels]);
            else if (op.padding)
                terms.push_back(element(*op.padding, 0));
        }
        if (op.kind == network::Pool::Kind::maximum) {
            results.push_back(terms.empty() ? Exact{} : extreme(terms, true));
            continue;
        }
        Sum total(op.accumulator, {});
        for (const Exact& term : terms)
            total.add(term);
        results.push_back(total.total());
    }
    return results;
}

std::vector<Exact> reduce(const network::Reduce& op, const Seen& x) {
    const std::size_t count = x.tensor.shape.back();
    std::vector<Exact> results;
    for (std::size_t first = 0; first < x.size(); first += count) {
        std::vector<Exact> terms;
        for (std::size_t i = 0; i < count; ++i)
            terms.push_back(x[first + i]);
        if (op.kind != network::Reduce::Kind::sum) {
            results.push_back(extreme(terms, op.kind == network::Reduce::Kind::maximum));
            continue;
        }
        Sum total(op.accumulator, {});
        if (op.order == network::Reduce::Order::tree) {
            results.push_back(in_a_tree(total, terms));
            continue;
        }
        for (const Exact& term : terms)
            total.add(term);
        results.push_back(total.total());
    }
    return results;
}

std::vector<Exact> matmul(const network::MatMul& op, const Seen& left, const Seen& right) {
    const std::size_t batches = left.tensor.shape[0], rows = left.tensor.shape[1], inner = left.tensor.shape[2],
                      columns = right.tensor.shape[2];
    std::vector<Exact> results;
    for (std::size_t row = 0; row < batches * rows; ++row)
        for (std::size_t n = 0; n < columns; ++n) {
            Sum total(op.accumulator, {});
            for (std::size_t k = 0; k < inner; ++k)
                total.add(product(left[row * inner + k], right[(row / rows * inner + k) * columns + n]));
            results.push_back(total.total());
        }
    return results;
}

} // namespace gw::emulate::plain
