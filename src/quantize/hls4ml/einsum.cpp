// Dot and EinsumDense. The latter (nnet_einsum_dense.h) is a dense layer at every free position of the data, with
// weights of its own for every index that data and kernel share.
#include <bit>
#include <map>
#include <numeric>

#include "import/arrange.hpp"
#include "quantize/hls4ml/model.hpp"

namespace gw::quantize::as_hls4ml {

namespace {

/// The scalar product of two vectors, which is all of Dot that hls4ml has.
Value dot(Site& site) {
    if (site.in(0).shape.size() != 1 || site.in(1).shape.size() != 1)
        throw site.refuse("hls4ml has products of two vectors only");
    const Value a = site.in(0), b = site.in(1);
    const std::uint32_t n = a.shape.front();
    FixedType sum = product_type(a.type, b.type);
    sum.width += n <= 1 ? 0 : static_cast<int>(std::bit_width(n - 1U));
    const FixedType result = site.precision("result").value_or(limited(site, sum));
    const FixedType accum = site.or_default("accum");
    std::vector<std::optional<std::uint32_t>> all = import::whole(n);
    const Value row = rearranged(site, "_row", {a}, {1, 1, n}, all, site.type_of(a)),
                column = rearranged(site, "_column", {b}, {1, n, 1}, all, site.type_of(b));
    const Value y =
        site.emit("_product", {1, 1, 1}, result,
                  network::MatMul{row.tensor, column.tensor, {}, {accum, network::Accumulator::Products::converted}});
    return rearranged(site, "", {y}, site.shape(), {0U}, result);
}

/// The letters of an equation by what they do, each group in the order in which hls4ml runs through it.
struct Letters {
    std::string shared, data, kernel, contracted;
};

Letters roles(const import::Einsum& einsum, const Site& site) {
    Letters out;
    const auto in = [](const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; };
    for (const char letter : einsum.right) {
        const bool left = in(einsum.left, letter), kept = in(einsum.output, letter);
        if (!left && !kept)
            throw site.refuse("hls4ml sums over no letter that only the kernel has");
        (left ? (kept ? out.shared : out.contracted) : out.kernel) += letter;
    }
    for (const char letter : einsum.left)
        if (!in(einsum.right, letter)) {
            if (!in(einsum.output, letter))
                throw site.refuse("hls4ml sums over no letter that only the input has");
            out.data += letter;
        }
    return out;
}

class EinsumDense {
  public:
    EinsumDense(const import::Einsum& einsum, Site& site)
        : einsum_(einsum), site_(site), letters_(roles(einsum, site)), accum_(site.or_default("accum")),
          result_(site.or_default("result")) {
        for (std::size_t k = 0; k < einsum.left.size(); ++k)
            extent_[einsum.left[k]] = site.in().shape[k];
        for (std::size_t k = 0; k < einsum.right.size(); ++k)
            extent_[einsum.right[k]] = einsum.weights->shape[k];
    }

    Value run() {
        const auto shared = offsets(letters_.shared, einsum_.output);
        std::vector<Value> parts;
        std::vector<std::optional<std::uint32_t>> sources(network::elements(site_.shape()));
        std::uint32_t made = 0;
        for (std::size_t i = 0; i < shared.size(); ++i)
            for (const std::vector<std::size_t>& rows : rows_of_one_bias(shared[i])) {
                parts.push_back(dense_of(i, rows, shared[i], parts.size()));
                for (const std::size_t row : rows)
                    for (const std::uint32_t column : offsets(letters_.kernel, einsum_.output))
                        sources[shared[i] + offsets(letters_.data, einsum_.output)[row] + column] = made++;
            }
        return rearranged(site_, "", parts, site_.shape(), std::move(sources), result_);
    }

  private:
    /// For every index of `order`, row-major, its part of the flat index of a tensor with axes `axes`.
    std::vector<std::uint32_t> offsets(const std::string& order, const std::string& axes) const {
        std::vector<std::uint32_t> out{0};
        for (const char letter : order) {
            std::uint32_t stride = 1;
            for (std::size_t k = axes.find(letter) + 1; k < axes.size(); ++k)
                stride *= extent_.at(axes[k]);
            std::vector<std::uint32_t> longer;
            for (const std::uint32_t from : out)
                for (std::uint32_t n = 0; n < extent_.at(letter); ++n)
                    longer.push_back(from + n * stride);
            out = std::move(longer);
        }
        return out;
    }

    /// The bias of one output element; 0 where the layer has none.
    double bias_at(std::uint32_t flat) const {
        if (!einsum_.bias)
            return 0;
        const Shape& own = einsum_.bias->shape;
        const Shape& whole = site_.shape();
        std::size_t at = 0, stride = 1;
        for (std::size_t k = 1; k <= whole.size(); ++k) {
            const std::uint32_t index = flat % whole[whole.size() - k];
            flat /= whole[whole.size() - k];
            if (k > own.size())
                continue;
            at += own[own.size() - k] == 1 ? 0 : index * stride;
            stride *= own[own.size() - k];
        }
        return einsum_.bias->values[at];
    }

    std::vector<double> bias_of(std::uint32_t base, std::size_t row) const {
        std::vector<double> out;
        for (const std::uint32_t column : offsets(letters_.kernel, einsum_.output))
            out.push_back(bias_at(base + offsets(letters_.data, einsum_.output)[row] + column));
        return out;
    }

    /// All positions together where they have one bias, else each by itself.
    std::vector<std::vector<std::size_t>> rows_of_one_bias(std::uint32_t base) const {
        const std::size_t count = offsets(letters_.data, einsum_.output).size();
        std::vector<std::size_t> all(count);
        std::iota(all.begin(), all.end(), std::size_t{0});
        for (std::size_t row = 1; row < count; ++row)
            if (bias_of(base, row) != bias_of(base, 0)) {
                std::vector<std::vector<std::size_t>> each;
                for (const std::size_t one : all)
                    each.push_back({one});
                return each;
            }
        return {all};
    }

    Value dense_of(std::size_t i, const std::vector<std::size_t>& rows, std::uint32_t base, std::size_t number) {
        const auto data = offsets(letters_.data, einsum_.left), summed = offsets(letters_.contracted, einsum_.left);
        const std::uint32_t from_x = offsets(letters_.shared, einsum_.left)[i],
                            from_w = offsets(letters_.shared, einsum_.right)[i];
        std::vector<std::optional<std::uint32_t>> sources;
        for (const std::size_t row : rows)
            for (const std::uint32_t c : summed)
                sources.emplace_back(from_x + data[row] + c);
        const auto depth = static_cast<std::uint32_t>(summed.size());
        const Shape shape{static_cast<std::uint32_t>(rows.size()), depth};
        const std::string part = "_" + std::to_string(number);
        const Value x =
            rearranged(site_, part + "_x", {site_.in()}, shape, std::move(sources), site_.type_of(site_.in()));
        const auto columns = offsets(letters_.kernel, einsum_.right);
        std::vector<double> weights;
        for (const std::uint32_t c : offsets(letters_.contracted, einsum_.right))
            for (const std::uint32_t j : columns)
                weights.push_back(einsum_.weights->values[from_w + c + j]);
        return dense(site_, part, x, weights, {depth, static_cast<std::uint32_t>(columns.size())},
                     site_.or_default("weight"), bias_of(base, rows.front()), site_.or_default("bias"), accum_,
                     result_);
    }

    const import::Einsum& einsum_;
    Site& site_;
    Letters letters_;
    FixedType accum_, result_;
    std::map<char, std::uint32_t> extent_;
};

} // namespace

Value lower(const import::Einsum& einsum, Site& site) {
    if (site.layer().class_name == "Dot" && !einsum.weights)
        return dot(site);
    if (!einsum.weights)
        throw site.refuse("hls4ml has no such product of two tensors");
    if (site.stream())
        throw site.refuse("hls4ml has no EinsumDense for io_stream");
    return EinsumDense(einsum, site).run();
}

} // namespace gw::quantize::as_hls4ml
