#include <algorithm>
#include <cmath>

#include "floating/broadcast.hpp"
#include "floating/layers.hpp"

namespace gw::floating {
namespace {

using Kind = import::Function::Kind;

double sigmoid(double x) {
    return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

double softplus(double x) {
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

double elu(double x, double alpha) {
    return x > 0 ? x : alpha * std::expm1(x);
}

double shrunk(double x, double by) {
    return x > by ? x - by : (x < -by ? x + by : 0.0);
}

double hard_sigmoid(double x, double slope, double shift) {
    return std::clamp(slope * x + shift, 0.0, 1.0);
}

/// The smooth ones.
double smooth(const import::Function& function, double x) {
    switch (function.kind) {
    case Kind::selu:
        return 1.0507009873554805 * elu(x, 1.6732632423543772);
    case Kind::celu:
        return std::max(x, 0.0) + std::min(0.0, function.alpha * std::expm1(x / function.alpha));
    case Kind::gelu:
        return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0)));
    case Kind::gelu_tanh:
        return 0.5 * x * (1 + std::tanh(std::sqrt(2.0 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
    case Kind::sigmoid:
        return sigmoid(x);
    case Kind::tanh:
        return std::tanh(x);
    case Kind::softplus:
        return softplus(x);
    case Kind::softsign:
        return x / (std::abs(x) + 1);
    case Kind::swish:
        return x * sigmoid(function.alpha * x);
    case Kind::mish:
        return x * std::tanh(softplus(x));
    case Kind::log_sigmoid:
        return -softplus(-x);
    case Kind::exponential:
        return std::exp(x);
    case Kind::log:
        return std::log(x);
    case Kind::erf:
        return std::erf(x);
    case Kind::power:
        return std::pow(x, function.alpha);
    case Kind::square_root:
        return std::sqrt(x);
    case Kind::reciprocal_root:
        return 1 / std::sqrt(x);
    case Kind::reciprocal:
        return 1 / (x + function.beta);
    case Kind::sine:
        return std::sin(x);
    case Kind::cosine:
        return std::cos(x);
    case Kind::tanh_shrink:
        return x - std::tanh(x);
    case Kind::squareplus:
        return (x + std::sqrt(x * x + function.alpha)) / 2;
    default:
        return elu(x, function.alpha);
    }
}

} // namespace

double apply(const import::Function& function, double x) {
    switch (function.kind) {
    case Kind::hard_sigmoid:
        return hard_sigmoid(x, function.alpha, function.beta);
    case Kind::hard_tanh:
        return std::clamp(x, -1.0, 1.0);
    case Kind::hard_swish:
        return x * hard_sigmoid(x, 1.0 / 6, 0.5);
    case Kind::absolute:
        return std::abs(x);
    case Kind::square:
        return x * x;
    case Kind::clip:
        return std::min(std::max(x, function.alpha), function.beta);
    case Kind::thresholded:
        return x > function.alpha ? x : 0.0;
    case Kind::hard_shrink:
        return std::abs(x) > function.alpha ? x : 0.0;
    case Kind::soft_shrink:
        return shrunk(x, function.alpha);
    case Kind::sparse_plus:
        return x <= -1 ? 0.0 : (x >= 1 ? x : (x + 1) * (x + 1) / 4);
    case Kind::sparse_sigmoid:
        return hard_sigmoid(x, 0.5, 0.5);
    case Kind::floor:
        return std::floor(x);
    case Kind::ceil:
        return std::ceil(x);
    case Kind::round_even:
        return std::nearbyint(x);
    case Kind::sign:
        return x > 0 ? 1.0 : (x < 0 ? -1.0 : 0.0);
    default:
        return smooth(function, x);
    }
}

double apply(const import::Relu& relu, double x) {
    if (relu.ceiling && x >= *relu.ceiling)
        return *relu.ceiling;
    return x >= relu.threshold ? x : relu.slope * (x - relu.threshold);
}

Values compute(const import::Relu& relu, const Context& context) {
    Values y = context.x();
    for (double& value : y)
        value = apply(relu, value);
    return y;
}

Values compute(const import::PRelu& relu, const Context& context) {
    Values y = context.x();
    const Broadcast at(relu.slopes.shape, context.out());
    for (std::size_t i = 0; i < y.size(); ++i)
        if (y[i] <= 0)
            y[i] *= relu.slopes.values[at(i)];
    return y;
}

Values compute(const import::Function& function, const Context& context) {
    Values y = context.x();
    for (double& value : y)
        value = apply(function, value);
    return y;
}

Values compute(const import::Steps& steps, const Context& context) {
    const std::size_t count = steps.thresholds.shape.back();
    Values y = context.x();
    for (std::size_t i = 0; i < y.size(); ++i) {
        const std::size_t channel = i % context.out().back();
        const std::size_t row = steps.thresholds.shape.size() == 1 ? 0 : channel;
        const auto first = steps.thresholds.values.begin() + static_cast<std::ptrdiff_t>(row * count),
                   last = first + static_cast<std::ptrdiff_t>(count);
        const auto passed = static_cast<std::size_t>(
            (steps.closed ? std::upper_bound(first, last, y[i]) : std::lower_bound(first, last, y[i])) - first);
        y[i] = steps.values.values[(steps.values.shape.size() == 1 ? 0 : channel) * (count + 1) + passed];
    }
    return y;
}

Values compute(const import::Merge& merge, const Context& context) {
    Values y(context.size());
    for (std::size_t k = 0; k < context.inputs.size(); ++k) {
        const Broadcast at(context.in(k), context.out());
        for (std::size_t i = 0; i < y.size(); ++i) {
            const double x = context.x(k)[at(i)];
            if (k == 0) {
                y[i] = x;
                continue;
            }
            switch (merge.kind) {
            case import::Merge::Kind::add:
            case import::Merge::Kind::average:
                y[i] += x;
                break;
            case import::Merge::Kind::subtract:
                y[i] -= x;
                break;
            case import::Merge::Kind::multiply:
                y[i] *= x;
                break;
            case import::Merge::Kind::divide:
                y[i] /= x;
                break;
            case import::Merge::Kind::maximum:
                y[i] = std::max(y[i], x);
                break;
            case import::Merge::Kind::minimum:
                y[i] = std::min(y[i], x);
                break;
            }
        }
    }
    if (merge.kind == import::Merge::Kind::average)
        for (double& value : y)
            value /= static_cast<double>(context.inputs.size());
    return y;
}

} // namespace gw::floating
