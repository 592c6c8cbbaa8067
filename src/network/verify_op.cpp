#include "network/verify_op.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "network/window.hpp"

namespace gw::network {
namespace {

std::string text(const Shape& shape) {
    return fmt::format("[{}]", fmt::join(shape, ", "));
}

bool same_but_last(const Shape& a, const Shape& b) {
    return !a.empty() && a.size() == b.size() && std::equal(a.begin(), a.end() - 1, b.begin());
}

class OpChecker {
  public:
    OpChecker(const Network& network, const Op& op) : network_(network), out_(network.tensor(output_of(op))) {}

    std::vector<std::string> run(const Op& op) {
        std::visit([&](const auto& body) { check(body); }, op.body);
        return std::move(problems_);
    }

  private:
    void add(std::string what) { problems_.push_back(std::move(what)); }
    void require(bool sound, const char* what) {
        if (!sound)
            add(what);
    }
    const Tensor& tensor(TensorId id) const { return network_.tensor(id); }

    void type(const FixedType& type, const std::string& where) {
        for (const std::string& problem : type_problems(type))
            add(where + " " + problem);
    }

    void constant(const Constant& constant, const Shape& shape, const std::string& where) {
        if (constant.shape != shape)
            add(fmt::format("{} has shape {}, {} is expected", where, text(constant.shape), text(shape)));
        if (constant.raw.size() != elements(shape))
            add(fmt::format("{} has {} values, {} are expected", where, constant.raw.size(), elements(shape)));
        type(constant.type, where);
        for (const std::int64_t raw : constant.raw)
            if (raw < constant.type.lowest() || raw > constant.type.highest())
                return add(fmt::format("{}: value {} does not fit {}", where, raw, fixed::to_string(constant.type)));
    }

    /// One value, one for each index of the last axis, or one each.
    void spread(const std::optional<Constant>& value, const Tensor& tensor, const std::string& where) {
        if (!value)
            return;
        const std::size_t last = tensor.shape.empty() ? 1 : tensor.shape.back(), count = value->raw.size();
        const std::size_t expected = count == 1 || count == last ? count : tensor.size();
        constant(*value, {static_cast<std::uint32_t>(expected)}, where);
    }

    void accumulator(const Accumulator& accumulator) {
        if (accumulator.type)
            type(*accumulator.type, "accumulator");
    }

    void same_shape(const Tensor& in) {
        if (in.shape != out_.shape)
            add(fmt::format("takes {} and gives {}, which should be alike", text(in.shape), text(out_.shape)));
    }

    /// Whether the window suits the shapes of a {spatial..., channels} pair.
    bool window(const Window& window, const Tensor& in) {
        const std::size_t axes = window.size.size();
        const bool sized = axes >= 1 && axes <= 2 && window.strides.size() == axes && window.dilation.size() == axes &&
                           window.pad_before.size() == axes && in.shape.size() == axes + 1 &&
                           out_.shape.size() == axes + 1;
        if (!sized) {
            add("its window, input and output should have one or two spatial axes alike");
            return false;
        }
        for (std::size_t axis = 0; axis < axes; ++axis)
            if (window.size[axis] == 0 || window.strides[axis] == 0 || window.dilation[axis] == 0 ||
                window.pad_before[axis] > std::uint64_t{window.size[axis]} * window.dilation[axis] ||
                std::uint64_t{out_.shape[axis] - 1} * window.strides[axis] >=
                    std::uint64_t{in.shape[axis]} + window.pad_before[axis]) {
                add("a window of no size or stride, or one that stands wholly on padding");
                return false;
            }
        return true;
    }

    void check(const Dense& op) {
        const Tensor& in = tensor(op.input);
        if (!same_but_last(in.shape, out_.shape))
            return add("dense takes and gives tensors alike but for their last axis");
        constant(op.weights, {in.shape.back(), out_.shape.back()}, "weights");
        if (op.bias)
            constant(*op.bias, {out_.shape.back()}, "bias");
        accumulator(op.accumulator);
    }
    void check(const Conv& op) {
        const Tensor& in = tensor(op.input);
        if (!window(op.window, in))
            return;
        const std::uint32_t channels = in.shape.back(), outputs = out_.shape.back();
        if (op.groups == 0 || channels % op.groups != 0 || outputs % op.groups != 0)
            return add(fmt::format("{} groups do not divide {} and {} channels", op.groups, channels, outputs));
        Shape shape = op.window.size;
        shape.insert(shape.end(), {channels / op.groups, outputs});
        constant(op.weights, shape, "weights");
        if (op.bias)
            constant(*op.bias, {outputs}, "bias");
        accumulator(op.accumulator);
    }
    void check(const Pool& op) {
        const Tensor& in = tensor(op.input);
        if (!window(op.window, in))
            return;
        require(in.shape.back() == out_.shape.back(), "a pool keeps the number of channels");
        if (op.padding)
            constant(*op.padding, {1}, "padding");
        accumulator(op.accumulator);
    }
    void check(const Reduce& op) {
        const Tensor& in = tensor(op.input);
        require(!in.shape.empty() && out_.size() * in.shape.back() == in.size(),
                "a reduction takes the last axis away");
        accumulator(op.accumulator);
    }
    void check(const Affine& op) {
        same_shape(tensor(op.input));
        spread(op.scale, out_, "scale");
        spread(op.bias, out_, "bias");
    }
    void check(const Divide& op) {
        same_shape(tensor(op.input));
        spread(op.divisor, out_, "divisor");
        for (const std::int64_t raw : op.divisor.raw)
            if (raw <= 0)
                return add("a divisor that is not positive");
    }
    void check(const Relu& op) {
        same_shape(tensor(op.input));
        if (!op.ceiling)
            return;
        constant(*op.ceiling, {1}, "ceiling");
        require(op.ceiling->raw.empty() || op.ceiling->raw.front() >= 0, "a negative ceiling");
    }
    void check(const Select& op) {
        for (const TensorId id : {op.subject, op.above, op.below})
            same_shape(tensor(id));
        spread(op.threshold, out_, "threshold");
    }
    void check(const Table& op) {
        const Tensor& in = tensor(op.input);
        same_shape(in);
        constant(op.values, {static_cast<std::uint32_t>(op.values.raw.size())}, "values");
        require(!op.values.raw.empty(), "an empty table");
        require(op.denominator > 0, "a denominator that is not positive");
        require(op.fraction >= -1024 && op.fraction <= 1024, "a fraction outside -1024 to 1024");
        for (const FixedType& type : in.types)
            if (type.fraction > op.fraction)
                return add("an input of more fraction bits than the table's index");
    }
    void check(const Steps& op) {
        same_shape(tensor(op.input));
        const std::uint32_t count = op.thresholds.shape.empty() ? 0 : op.thresholds.shape.back();
        const std::uint32_t channels = out_.shape.empty() ? 1 : out_.shape.back();
        const auto expected = [&](const Constant& constant, std::uint32_t extent) {
            return constant.shape.size() <= 1 ? Shape{extent} : Shape{channels, extent};
        };
        constant(op.thresholds, expected(op.thresholds, count), "thresholds");
        constant(op.values, expected(op.values, count + 1), "values");
        for (std::size_t i = 1; i < op.thresholds.raw.size() && count > 0; ++i)
            if (i % count != 0 && op.thresholds.raw[i] < op.thresholds.raw[i - 1])
                return add("thresholds that do not ascend");
    }
    void check(const Merge& op) {
        for (const TensorId id : op.inputs)
            same_shape(tensor(id));
        const bool of_two = op.kind == Merge::Kind::difference || op.kind == Merge::Kind::product;
        require(!of_two || op.inputs.size() == 2, "a difference or product has two inputs");
    }
    void check(const MatMul& op) {
        const Shape &a = tensor(op.left).shape, &b = tensor(op.right).shape;
        if (a.size() != 3 || b.size() != 3 || a[0] != b[0] || a[2] != b[1] || out_.shape != Shape{a[0], a[1], b[2]})
            add(fmt::format("{} times {} is not {}", text(a), text(b), text(out_.shape)));
        accumulator(op.accumulator);
    }
    void check(const Rearrange& op) {
        std::size_t total = 0;
        for (const TensorId id : op.inputs)
            total += tensor(id).size();
        require(op.sources.size() == out_.size(), "as many sources as output elements are expected");
        for (const auto& source : op.sources)
            if (source && *source >= total)
                return add("a source beyond the inputs");
    }
    void check(const Embedding& op) {
        const Tensor& in = tensor(op.input);
        if (op.table.shape.size() != 2)
            return add("a table of entries by width is expected");
        constant(op.table, op.table.shape, "table");
        require(op.table.shape[0] > 0 && out_.size() == in.size() * op.table.shape[1],
                "the output has one row of the table for each input element");
    }
    void check(const Requantise& op) { same_shape(tensor(op.input)); }

    const Network& network_;
    const Tensor& out_;
    std::vector<std::string> problems_;
};

} // namespace

std::vector<std::string> type_problems(const FixedType& type) {
    std::vector<std::string> found;
    if (type.width < 0 || type.width > (type.is_signed ? 64 : 63))
        found.push_back("type " + fixed::to_string(type) + " is outside 0 to 64 bits signed, 63 unsigned");
    if (type.fraction < -1024 || type.fraction > 1024)
        found.push_back("fraction bits of " + fixed::to_string(type) + " are outside -1024 to 1024");
    return found;
}

std::vector<std::string> op_problems(const Network& network, const Op& op) {
    return OpChecker(network, op).run(op);
}

} // namespace gw::network
