#include "train/model.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace gw::train {

using torch::Tensor;

Tensor quantised(const Tensor& x, const Quantiser& q) {
    const double scale = std::ldexp(1.0, q.fraction);
    const Tensor steps = x.mul(scale);
    return (q.floor ? steps.floor() : steps.round()).clamp_(q.low(), q.high()).mul_(1 / scale);
}

namespace {

/// A quantiser whose gradient is 1 where the value is in range and 0 where it is clamped.
struct StraightThrough : torch::autograd::Function<StraightThrough> {
    static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Quantiser& q) {
        const double step = std::ldexp(1.0, -q.fraction);
        context->save_for_backward({x.ge(q.low() * step).logical_and_(x.le((q.high() + 1) * step))});
        return quantised(x, q);
    }
    static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::tensor_list gradients) {
        return {gradients[0].mul(context->get_saved_variables()[0]), Tensor()};
    }
};

} // namespace

int best_fraction(const Tensor& values, Quantiser q) {
    const double largest = std::max(values.abs().max().item<double>(), 1e-9);
    const int holds_all = q.bits - (q.is_signed ? 1 : 0) - static_cast<int>(std::ceil(std::log2(largest)));
    int best = holds_all;
    std::optional<double> least;
    for (int fraction = holds_all - 1; fraction <= holds_all + 3; ++fraction) {
        q.fraction = fraction;
        // Half a step of floor's error is a constant that the next bias learns to take away.
        const double shift = q.floor ? std::ldexp(0.5, -fraction) : 0.0;
        const double error = (quantised(values, q) + shift - values).square().mean().item<double>();
        if (!least || error < *least) {
            least = error;
            best = fraction;
        }
    }
    return best;
}

Tensor Model::forward(Tensor x) const {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Layer& layer = layers[i];
        const bool last = i + 1 == layers.size();
        const Tensor kept = layer.weights * layer.mask;
        if (!is_quantised) {
            x = torch::addmm(layer.bias, x, kept);
            x = last ? x : x.relu();
            continue;
        }
        x = torch::addmm(StraightThrough::apply(layer.bias, layer.offset), x,
                         StraightThrough::apply(kept, layer.weight));
        x = StraightThrough::apply(x, layer.activation);
    }
    return x;
}

Tensor tensor_of(const std::vector<float>& values, std::int64_t rows) {
    return torch::from_blob(const_cast<float*>(values.data()), {rows, static_cast<std::int64_t>(values.size()) / rows},
                            torch::kFloat32)
        .clone();
}

std::vector<float> values_of(const Tensor& tensor) {
    const Tensor flat = tensor.detach().contiguous();
    return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

} // namespace gw::train
