// FloatQuant, MultiThreshold and QuantAvgPool2d of QONNX, and its operators on images whose channels are last.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_quantised.hpp"
#include "import/onnx_registry.hpp"
#include "import/qonnx_float.hpp"

namespace gw::import {

namespace {

void read_float_quant(OnnxNode& node) {
    node.ignore("has_subnormal"); // qonnx gives every format subnormal numbers
    node.ignore("has_inf");       // a number that saturates is none of these
    node.ignore("has_nan");
    if (!node.flag("saturation", true))
        return node.problem("saturation 0 is not understood: there are no infinities in fixed point");
    const std::string name = node.text("rounding_mode", "ROUND");
    const auto rounding = parse_quant_rounding(name);
    if (!rounding)
        return node.problem(fmt::format("rounding_mode '{}' is not understood", name));
    std::vector<double> given;
    for (int k = 1; k <= 5; ++k) {
        const auto value = node.scalar(k);
        if (!value)
            return;
        given.push_back(*value);
    }
    const bool fits = given[0] > 0 && given[1] >= 1 && given[1] <= 8 && given[2] >= 0 && given[2] <= 23 &&
                      given[1] == std::floor(given[1]) && given[2] == std::floor(given[2]) &&
                      given[3] == std::floor(given[3]) && std::abs(given[3]) < 256 && given[4] > 0;
    if (!fits)
        return node.problem(fmt::format("scale {}, {} exponent bits, {} mantissa bits, bias {} and largest value {} "
                                        "are no format that is understood",
                                        given[0], given[1], given[2], given[3], given[4]));
    const FloatSpec spec{given[0], static_cast<int>(given[1]), static_cast<int>(given[2]), given[3], given[4],
                         *rounding};
    if (!node.is_constant(0)) {
        if (const auto x = node.computed(0))
            node.give(node.add("", *x, float_steps(spec)));
        return;
    }
    const FloatArray* array = node.finite(0);
    if (array == nullptr)
        return;
    FloatArray result{array->shape, {}, {}, {}};
    for (const double value : array->values)
        result.values.push_back(float_quantised(value, spec));
    node.give(OnnxConstant{std::move(result), node.constant(0)->type, {}});
}

/// Where the channels stand, as MultiThreshold finds them.
std::uint32_t channel_axis(const std::string& given, std::size_t rank) {
    const std::string layout = !given.empty() ? given : (rank == 3 ? "NWC" : "NC");
    const auto at = layout.find('C');
    return at == std::string::npos ? 1 : static_cast<std::uint32_t>(at);
}

void read_multi_threshold(OnnxNode& node) {
    node.ignore("out_dtype");
    const double scale = node.number("out_scale", 1), bias = node.number("out_bias", 0);
    const std::string layout = node.text("data_layout", "");
    auto x = node.computed(0);
    const FloatArray* given = node.finite(1);
    if (!x || given == nullptr)
        return;
    if (given->shape.size() != 2)
        return node.problem(fmt::format("thresholds of shape [{}] are no matrix", fmt::join(given->shape, ", ")));
    if (!(scale != 0) || x->event != 0U || x->merged())
        return node.problem("a scale of 0, or an axis of events that is not the first, is not understood");
    Steps steps;
    steps.thresholds = *given;
    const std::size_t rows = given->shape[0], count = given->shape[1];
    for (std::size_t row = 0; row < rows; ++row)
        std::sort(steps.thresholds.values.begin() + static_cast<std::ptrdiff_t>(row * count),
                  steps.thresholds.values.begin() + static_cast<std::ptrdiff_t>((row + 1) * count));
    if (rows == 1)
        steps.thresholds.shape = {given->shape[1]};
    else {
        const std::uint32_t axis = channel_axis(layout, x->rank());
        std::vector<std::uint32_t> order;
        for (std::uint32_t k = 1; k < x->rank(); ++k)
            if (k != axis)
                order.push_back(k);
        order.push_back(axis);
        if (axis >= x->rank() || file_shape(node, *x)[axis] != rows)
            return node.problem(fmt::format("thresholds of shape [{}] do not fit values of shape {}",
                                            fmt::join(given->shape, ", "), describe(node, *x)));
        x = in_order(node, *x, order);
    }
    for (std::size_t k = 0; k <= count; ++k)
        steps.values.values.push_back(static_cast<double>(k) * scale + bias);
    steps.values.shape = {static_cast<std::uint32_t>(count + 1)};
    node.give(node.add("", *x, std::move(steps)));
}

/// The sum over each window, of which the lowest bits are cut off. The operator is for integers.
void read_quant_average_pool(OnnxNode& node) {
    const std::int64_t kernel = node.whole("kernel", 1), stride = node.whole("stride", 1);
    const std::int64_t ibits = node.whole("ibits", 1), obits = node.whole("obits", 1);
    const std::string layout = node.text("data_layout", "NCHW");
    node.ignore("signed"); // the cut is the same
    const auto x = node.computed(0);
    if (!x)
        return;
    const bool fits = kernel >= 1 && kernel <= 1024 && stride >= 1 && stride <= 1024 && ibits >= 1 && ibits <= 32 &&
                      obits >= 1 && obits <= 32;
    if (!fits || (layout != "NCHW" && layout != "NHWC"))
        return node.problem(fmt::format("a kernel of {}, a stride of {}, {} and {} bits in the layout {} are not "
                                        "understood",
                                        kernel, stride, ibits, obits, layout));
    const bool first = layout == "NCHW";
    const Value turned = first ? Value(*x) : transposed(node, *x, {0, 3, 1, 2});
    const auto image = channels_last(node, std::get<Tensor>(turned), 4, 4);
    if (!image)
        return;
    const Shape shape = node.shape(*image);
    const auto size = static_cast<std::uint32_t>(kernel), step = static_cast<std::uint32_t>(stride);
    if (shape[0] < size || shape[1] < size)
        return node.problem(fmt::format("a window of {} is larger than values of shape {}", size, describe(node, *x)));
    const FloatArray one{{}, {1}, {}, {}}, zero{{}, {0}, {}, {}}, wide{{}, {32}, {}, {}};
    const Tensor whole =
        node.add("_whole", *image, quantise_layer({one, zero, wide, true, false, QuantRounding::half_even}, shape));
    Pool pool;
    pool.kind = Pool::Kind::sum;
    pool.window = {{size, size}, {step, step}, {1, 1}, {0, 0}, {0, 0}};
    const Tensor sums = node.add("_sum", whole, {(shape[0] - size) / step + 1, (shape[1] - size) / step + 1, shape[2]},
                                 std::move(pool));
    int bits = 0;
    for (auto most = ((std::int64_t{1} << ibits) - 1) * kernel * kernel; most != 0; most >>= 1)
        ++bits;
    const int shift = std::max(0, bits - static_cast<int>(obits));
    const FloatArray unit{{}, {std::ldexp(1.0, shift)}, {}, {}}, back{{}, {std::ldexp(1.0, -shift)}, {}, {}};
    const Tensor cut =
        node.add("_cut", sums, quantise_layer({unit, zero, wide, true, false, QuantRounding::floor}, node.shape(sums)));
    const auto y = scaled(node, "", cut, &back, nullptr);
    if (y)
        node.give(first ? Value(*y) : transposed(node, *y, {0, 2, 3, 1}));
}

/// [events, spatial..., channels] for an operator that wants [events, channels, spatial...]; a kernel alike.
void read_channels_last(OnnxNode& node) {
    std::vector<Value> operands;
    std::size_t rank = 0;
    for (int k = 0; k < node.inputs(); ++k) {
        const Value* value = node.value(k);
        if (value == nullptr)
            return;
        const bool turned = k == 0 || (k == 1 && node.type() == "Conv");
        const std::size_t own = file_shape(node, *value).size();
        if (k == 0)
            rank = own;
        if (turned && (own != rank || rank < 2))
            return node.problem("it is understood of images and their kernels only");
        std::vector<std::uint32_t> first{0, static_cast<std::uint32_t>(rank - 1)};
        for (std::uint32_t axis = 1; axis + 1 < rank; ++axis)
            first.push_back(axis);
        operands.push_back(turned ? transposed(node, *value, first) : *value);
    }
    const auto made = read_as(node, node.type(), operands);
    if (!made)
        return;
    std::vector<std::uint32_t> last{0};
    for (std::uint32_t axis = 2; axis < rank; ++axis)
        last.push_back(axis);
    last.push_back(1);
    node.give(transposed(node, *made, last));
}

} // namespace

void add_onnx_staircases(OnnxReaders& readers) {
    readers["FloatQuant"] = read_float_quant;
    readers["MultiThreshold"] = read_multi_threshold;
    readers["QuantAvgPool2d"] = read_quant_average_pool;
    for (const char* domain : {"qonnx.custom_op.channels_last", "finn.custom_op.channels_last"})
        for (const char* name : {"Conv", "MaxPool", "BatchNormalization"})
            readers[std::string(domain) + "." + name] = read_channels_last;
}

} // namespace gw::import
