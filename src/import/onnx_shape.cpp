// Operators that change a tensor's shape, its axes' order or its type, and those that do nothing at inference.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/onnx_arithmetic.hpp"
#include "import/onnx_layout.hpp"
#include "import/onnx_registry.hpp"

namespace gw::import {

namespace {

using Extents = std::vector<std::int64_t>;

std::int64_t product(const Extents& extents, std::size_t count) {
    std::int64_t result = 1;
    for (std::size_t k = 0; k < count; ++k)
        result *= extents[k];
    return result;
}

/// What a target of Reshape means for a tensor of these extents: 0 copies one (unless `zeros`), one -1 takes the rest.
/// Nothing where it does not hold as many elements.
std::optional<Extents> resolve(const std::vector<double>& target, const Extents& from, bool zeros) {
    Extents result;
    std::optional<std::size_t> open;
    std::int64_t known = 1;
    const std::int64_t total = product(from, from.size());
    for (std::size_t k = 0; k < target.size(); ++k) {
        const double t = target[k];
        if (!(t >= -1 && t <= 1 << 26) || (t == -1 && open) || (t == 0 && (zeros || k >= from.size())))
            return std::nullopt;
        if (t == -1)
            open = k;
        result.push_back(t == -1 ? 1 : t == 0 ? from[k] : static_cast<std::int64_t>(t));
        known *= result.back();
        if (known > std::int64_t{1} << 36)
            return std::nullopt;
    }
    if (open && known != 0 && total % known == 0) {
        result[*open] = total / known;
        known = total;
    }
    return known == total ? std::optional(result) : std::nullopt;
}

struct Target {
    Shape shape; ///< for one event
    std::optional<std::uint32_t> event;
};

/// Where the axis of events goes. With an open number of events, the target is asked for one and for two of them: the
/// axis that doubles is theirs.
std::optional<Target> place_events(const Extents& from, std::uint32_t event, std::int64_t events,
                                   const std::optional<Extents>& one, const std::optional<Extents>& two) {
    if (!one)
        return std::nullopt;
    const std::int64_t before = product(from, event);
    std::optional<std::uint32_t> at;
    for (std::uint32_t k = 0; k < one->size(); ++k) {
        const bool outermost = product(*one, k) == before;
        const bool theirs = two ? (*two)[k] == 2 * (*one)[k] : (*one)[k] == events;
        if (outermost && theirs && (!at || k == event))
            at = k;
    }
    for (std::uint32_t k = 0; k < one->size() && !at && !two; ++k) // with other axes merged in
        if (product(*one, k) == before && (*one)[k] % events == 0)
            at = k;
    if (!at && (two || events != 1))
        return std::nullopt;
    Target result{{}, at};
    for (std::uint32_t k = 0; k < one->size(); ++k)
        result.shape.push_back(static_cast<std::uint32_t>(at == k ? (*one)[k] / events : (*one)[k]));
    return result;
}

std::optional<Target> target_of(OnnxNode& node, const Value& value, const OnnxConstant& given, bool zeros) {
    const Shape shape = file_shape(node, value);
    Extents from(shape.begin(), shape.end());
    const std::vector<double>& one = given.array.values;
    const std::vector<double>& two = given.for_two.empty() ? one : given.for_two;
    const auto* tensor = std::get_if<Tensor>(&value);
    if (tensor == nullptr || !tensor->event) {
        const auto resolved = resolve(one, from, zeros);
        return resolved ? std::optional(Target{{resolved->begin(), resolved->end()}, std::nullopt}) : std::nullopt;
    }
    const std::int64_t events = node.model.events.value_or(1);
    from[*tensor->event] *= events;
    const auto for_one = resolve(one, from, zeros);
    Extents doubled = from;
    doubled[*tensor->event] *= 2;
    // A file of one event at a time may say so with a plain 1, whatever its inputs say.
    const auto for_two = node.model.events ? std::nullopt : resolve(two, doubled, zeros);
    return place_events(from, *tensor->event, events, for_one, for_two);
}

void read_reshape(OnnxNode& node) {
    const bool zeros = node.flag("allowzero", false);
    const Value* value = node.value(0);
    const OnnxConstant* target = node.constant(1);
    if (value == nullptr || target == nullptr)
        return;
    const auto to = target_of(node, *value, *target, zeros);
    if (!to)
        return node.problem(fmt::format("a value of shape {} cannot become [{}] event by event", describe(node, *value),
                                        fmt::join(target->array.values, ", ")));
    node.give(reshaped(node, *value, to->shape, to->event));
}

void read_flatten(OnnxNode& node) {
    const std::int64_t given = node.whole("axis", 1);
    const Value* value = node.value(0);
    if (value == nullptr)
        return;
    const Shape shape = file_shape(node, *value);
    if (given < -static_cast<std::int64_t>(shape.size()) || given > static_cast<std::int64_t>(shape.size()))
        return node.problem(fmt::format("{} is no axis of {}", given, shape.size()));
    const auto axis = static_cast<std::uint32_t>(given < 0 ? given + static_cast<std::int64_t>(shape.size()) : given);
    Shape flat{1, 1};
    for (std::uint32_t k = 0; k < shape.size(); ++k)
        flat[k < axis ? 0 : 1] *= shape[k];
    std::optional<std::uint32_t> event;
    if (const auto* tensor = std::get_if<Tensor>(value); tensor != nullptr && tensor->event) {
        event = *tensor->event < axis ? 0 : 1;
        for (std::uint32_t k = *event == 0 ? 0 : axis; k < *tensor->event; ++k)
            if (shape[k] != 1)
                return node.problem(fmt::format("axis {} would mix the events with others", axis));
    }
    node.give(reshaped(node, *value, flat, event));
}

void read_transpose(OnnxNode& node) {
    const auto given = node.wholes("perm");
    const Value* value = node.value(0);
    if (value == nullptr)
        return;
    const std::size_t rank = file_shape(node, *value).size();
    std::vector<std::uint32_t> axes(rank);
    std::iota(axes.rbegin(), axes.rend(), 0U);
    if (given) {
        axes.assign(given->begin(), given->end());
        std::vector<std::uint32_t> sorted = axes;
        std::sort(sorted.begin(), sorted.end());
        bool good = sorted.size() == rank;
        for (std::uint32_t k = 0; good && k < rank; ++k)
            good = sorted[k] == k;
        if (!good)
            return node.problem(fmt::format("perm [{}] is no order of {} axes", fmt::join(*given, ", "), rank));
    }
    node.give(transposed(node, *value, axes));
}

void read_squeeze(OnnxNode& node) {
    const bool named = node.given(1) || node.wholes("axes");
    const Value* value = node.value(0);
    if (value == nullptr)
        return;
    const Shape shape = file_shape(node, *value);
    auto axes = node.axes("axes", 1, shape.size());
    if (!axes)
        return;
    if (!named) {
        const auto* tensor = std::get_if<Tensor>(value);
        axes->erase(std::remove_if(axes->begin(), axes->end(),
                                   [&](std::uint32_t k) {
                                       const bool events = tensor != nullptr && tensor->event == k;
                                       return shape[k] != 1 || (events && node.model.events != 1U);
                                   }),
                    axes->end());
    }
    node.give(without_axes(node, *value, *axes));
}

void read_unsqueeze(OnnxNode& node) {
    const bool named = node.given(1) || node.wholes("axes");
    const Value* value = node.value(0);
    if (value == nullptr)
        return;
    if (!named)
        return node.problem("it does not say which axes");
    const auto attribute = node.wholes("axes");
    const std::size_t count = attribute             ? attribute->size()
                              : node.is_constant(1) ? node.constant(1)->array.values.size()
                                                    : 0;
    const auto axes = node.axes("axes", 1, file_shape(node, *value).size() + count);
    if (axes)
        node.give(with_axes(node, *value, *axes));
}

void read_identity(OnnxNode& node) {
    if (const Value* value = node.value(0))
        node.give(*value);
}

void read_dropout(OnnxNode& node) {
    node.ignore("ratio");
    node.ignore("seed");
    if (node.given(2))
        if (const auto training = node.scalar(2); training && *training != 0)
            node.problem("training_mode is not understood (only false is)");
    if (node.wanted(1))
        node.problem("its mask is not understood");
    read_identity(node);
}

/// The part above 0 rounded down and the part below rounded up.
std::optional<Tensor> towards_zero(OnnxNode& node, const Tensor& x) {
    const Tensor above = node.add("_floor", node.add("_above", x, Relu{}), Function{Function::Kind::floor});
    const Tensor below = node.add("_ceil", node.add("_below", x, Function{Function::Kind::clip, -INFINITY, 0}),
                                  Function{Function::Kind::ceil});
    return merged(node, "", Merge::Kind::add, {above, below});
}

/// To a type of whole numbers the part behind the point goes; to truth values all but 0 is true.
void read_cast(OnnxNode& node) {
    node.ignore("saturate");
    node.ignore("round_mode");
    auto to = static_cast<ElementType>(node.whole("to", onnx::TensorProto::FLOAT));
    const auto x = node.computed(0);
    if (!x)
        return;
    if (node.type() == "CastLike") {
        const Value* like = node.value(1);
        if (like == nullptr)
            return;
        const auto* tensor = std::get_if<Tensor>(like);
        to = tensor != nullptr ? tensor->type : std::get<OnnxConstant>(*like).type;
    }
    Tensor result = *x;
    if (to == onnx::TensorProto::STRING)
        return node.problem("a cast to text has no layer");
    if (is_whole(to) && !is_whole(x->type)) {
        if (to == onnx::TensorProto::BOOL)
            return node.problem("a cast of numbers to truth values has no layer");
        const auto truncated = towards_zero(node, *x);
        if (!truncated)
            return;
        result = *truncated;
    } else if (to == onnx::TensorProto::BOOL && x->type != onnx::TensorProto::BOOL) {
        return node.problem("a cast of numbers to truth values has no layer");
    }
    result.type = to;
    node.give(result);
}

/// Of a tensor: constants, with the number of events open where the file leaves it so.
void read_shape(OnnxNode& node) {
    const std::int64_t start = node.whole("start", 0);
    const std::int64_t end = node.whole("end", std::int64_t{1} << 40);
    const auto x = node.computed(0);
    if (!x)
        return;
    const Shape shape = file_shape(node, *x);
    const auto rank = static_cast<std::int64_t>(shape.size());
    const auto from_end = [&](std::int64_t k) { return std::clamp<std::int64_t>(k < 0 ? k + rank : k, 0, rank); };
    OnnxConstant result{{{0}, {}, {}, {}}, onnx::TensorProto::INT64, {}};
    for (std::int64_t k = from_end(start); k < from_end(end); ++k) {
        const double extent = shape[static_cast<std::size_t>(k)];
        const bool events = x->event == static_cast<std::uint32_t>(k);
        result.array.values.push_back(events ? extent * node.model.events.value_or(1) : extent);
        result.for_two.push_back(events && !node.model.events ? 2 * extent : result.array.values.back());
    }
    if (result.for_two == result.array.values)
        result.for_two.clear();
    result.array.shape = {static_cast<std::uint32_t>(result.array.values.size())};
    node.give(std::move(result));
}

void read_size(OnnxNode& node) {
    const auto x = node.computed(0);
    if (!x)
        return;
    const auto count = static_cast<double>(network::elements(node.shape(*x)));
    OnnxConstant result{{{}, {count * node.model.events.value_or(1)}, {}, {}}, onnx::TensorProto::INT64, {}};
    if (x->event && !node.model.events)
        result.for_two = {2 * count};
    node.give(std::move(result));
}

} // namespace

void add_onnx_shapes(OnnxReaders& readers) {
    readers["Reshape"] = read_reshape;
    readers["Flatten"] = read_flatten;
    readers["Transpose"] = read_transpose;
    readers["Squeeze"] = read_squeeze;
    readers["Unsqueeze"] = read_unsqueeze;
    readers["Identity"] = read_identity;
    readers["Dropout"] = read_dropout;
    readers["Cast"] = read_cast;
    readers["CastLike"] = read_cast;
    readers["Shape"] = read_shape;
    readers["Size"] = read_size;
}

} // namespace gw::import
