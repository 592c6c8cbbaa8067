// Quantisation-aware training (model.hpp: the forward pass computes with quantised weights and activations, the
// backward pass treats a quantiser as the identity inside its range and as constant outside). Steps are powers of two,
// chosen once, after some epochs in floating point, to minimise the squared error on weights and on a sample of
// activations. Magnitude pruning follows the cubic schedule of Zhu & Gupta (arXiv:1710.01878). Adam (arXiv:1412.6980)
// with a cosine schedule.
#include "train/engine.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <torch/torch.h>

#include "support/error.hpp"
#include "support/interrupt.hpp"
#include "support/progress.hpp"
#include "support/rng.hpp"
#include "train/checkpoint.hpp"
#include "train/model.hpp"

namespace gw::train {
namespace {

using torch::Tensor;

struct Data {
    Tensor x, y, w;
};

Data data_of(const Samples& samples, const Quantiser& input) {
    const auto rows = static_cast<std::int64_t>(samples.events);
    return {quantised(tensor_of(samples.x, rows), input), tensor_of(samples.y, rows), tensor_of(samples.w, rows)};
}

class Trainer {
  public:
    Trainer(const EngineSettings& settings, const Samples& training, const Samples& validation,
            const Checkpoints& checkpoints)
        : settings_(settings), checkpoints_(checkpoints), training_(data_of(training, settings.input)),
          validation_(data_of(validation, settings.input)),
          fingerprint_(fingerprint_of(settings, training, validation)) {
        at::set_num_threads(static_cast<int>(settings.threads));
        initialise(static_cast<std::int64_t>(training.features));
    }

    Trained run() {
        if (checkpoints_.resume)
            load_checkpoint(state_, fingerprint_, checkpoints_.file);
        support::Progress progress("training", settings_.epochs * batches());
        while (state_.result.epochs.size() < settings_.epochs) {
            const auto number = static_cast<std::uint32_t>(state_.result.epochs.size() + 1);
            prepare(number);
            const double loss = train_epoch(number, progress);
            validate(number, loss);
            save_checkpoint(state_, fingerprint_, checkpoints_.file);
        }
        if (state_.result.best_epoch == 0)
            throw support::internal_error("no epoch after pruning");
        return state_.result;
    }

  private:
    std::int64_t batches() const { return (training_.x.size(0) + settings_.batch - 1) / settings_.batch; }

    void initialise(std::int64_t inputs) {
        support::Random random(settings_.seed);
        for (const EngineLayer& each : settings_.layers) {
            Layer layer;
            const std::int64_t outputs = each.units;
            // He et al., arXiv:1502.01852: variance 2 / inputs; a uniform draw of our own, the same on every machine.
            const double bound = std::sqrt(6.0 / static_cast<double>(inputs));
            std::vector<float> values(static_cast<std::size_t>(inputs * outputs));
            for (float& value : values)
                value = static_cast<float>((2 * random.uniform() - 1) * bound);
            layer.weights = tensor_of(values, inputs).requires_grad_();
            layer.bias = torch::zeros({outputs}).requires_grad_();
            layer.mask = torch::ones({inputs, outputs});
            layer.weights_m = torch::zeros({inputs, outputs});
            layer.weights_v = torch::zeros({inputs, outputs});
            layer.bias_m = torch::zeros({outputs});
            layer.bias_v = torch::zeros({outputs});
            state_.model.layers.push_back(layer);
            inputs = outputs;
        }
    }

    /// What changes between epochs: the switch to quantised arithmetic, and pruning.
    void prepare(std::uint32_t number) {
        const torch::NoGradGuard no_gradient;
        if (!state_.model.is_quantised && number > settings_.float_epochs)
            calibrate();
        const double span = std::max<double>(settings_.pruned_by_epoch, 1);
        const double part = std::clamp((number - 1) / span, 0.0, 1.0);
        for (std::size_t i = 0; i < state_.model.layers.size(); ++i) {
            Layer& layer = state_.model.layers[i];
            const double sparsity = settings_.layers[i].sparsity * (1 - std::pow(1 - part, 3));
            const auto zeros =
                static_cast<std::int64_t>(std::floor(sparsity * static_cast<double>(layer.weights.numel())));
            if (zeros == 0)
                continue;
            const Tensor order = (layer.weights * layer.mask).abs().flatten().argsort();
            layer.mask =
                torch::ones({layer.weights.numel()}).index_fill_(0, order.slice(0, 0, zeros), 0).view_as(layer.weights);
        }
    }

    void calibrate() {
        Tensor x = training_.x.slice(0, 0, std::min<std::int64_t>(training_.x.size(0), 16384));
        std::int32_t input_fraction = settings_.input.fraction;
        for (std::size_t i = 0; i < state_.model.layers.size(); ++i) {
            Layer& layer = state_.model.layers[i];
            const bool last = i + 1 == state_.model.layers.size();
            layer.weight = {settings_.layers[i].weight_bits, 0, true, true, false};
            layer.weight.fraction = best_fraction(layer.weights, layer.weight);
            Tensor sum = torch::addmm(layer.bias, x, layer.weights * layer.mask);
            layer.activation = settings_.output;
            if (!last) {
                sum = sum.relu();
                layer.activation = {settings_.layers[i].activation_bits, 0, false, false, settings_.floor_activations};
                layer.activation.fraction = best_fraction(sum, layer.activation);
            }
            // Two bits finer than what is kept; never finer than the products.
            layer.offset.fraction = std::min(layer.weight.fraction + input_fraction, layer.activation.fraction + 2);
            const double largest =
                std::max(layer.bias.abs().max().item<double>(), std::ldexp(1.0, -layer.offset.fraction));
            layer.offset.bits =
                std::clamp(layer.offset.fraction + static_cast<int>(std::ceil(std::log2(largest))) + 3, 4, 24);
            layer.offset.narrow = true;
            x = last ? sum : quantised(sum, layer.activation);
            input_fraction = layer.activation.fraction;
        }
        state_.model.is_quantised = true;
    }

    Tensor loss_of(const Tensor& output, const Tensor& y, const Tensor& w) const {
        const Tensor error = output - y;
        switch (settings_.loss) {
        case LossKind::mse:
            return (error.square() * w).mean();
        case LossKind::huber: {
            const Tensor size = error.abs();
            const Tensor inner = size.clamp_max(settings_.huber_delta);
            return (inner * (size - 0.5 * inner) * w).mean() / settings_.huber_delta;
        }
        case LossKind::log_cosh: { // log cosh e = |e| + log(1 + exp(-2|e|)) - log 2, at the scale of delta
            const Tensor size = error.abs() / settings_.huber_delta;
            return ((size + torch::log1p(torch::exp(-2 * size)) - std::log(2.0)) * w).mean();
        }
        }
        throw support::internal_error("unknown loss");
    }

    double train_epoch(std::uint32_t number, support::Progress& progress) {
        const std::int64_t events = training_.x.size(0);
        std::vector<std::int64_t> order(static_cast<std::size_t>(events));
        std::iota(order.begin(), order.end(), 0);
        support::Random random = support::Random(settings_.seed).split(number);
        for (std::size_t i = order.size(); i > 1; --i)
            std::swap(order[i - 1], order[random.below(i)]);
        const Tensor shuffled = torch::from_blob(order.data(), {events}, torch::kInt64);
        double total = 0;
        for (std::int64_t at = 0, batch = 0; at < events; at += settings_.batch, ++batch) {
            support::throw_if_interrupted();
            const Tensor chosen = shuffled.slice(0, at, std::min<std::int64_t>(at + settings_.batch, events));
            const Tensor loss = loss_of(state_.model.forward(training_.x.index_select(0, chosen)),
                                        training_.y.index_select(0, chosen), training_.w.index_select(0, chosen));
            for (Layer& layer : state_.model.layers) {
                layer.weights.mutable_grad() = Tensor();
                layer.bias.mutable_grad() = Tensor();
            }
            loss.backward();
            update();
            const double value = loss.item<double>();
            if (!std::isfinite(value))
                throw support::user_error(fmt::format("the loss became {} in epoch {}", value, number), "training",
                                          "lower training.learning_rate");
            total += value * static_cast<double>(chosen.size(0));
            progress.update(
                static_cast<std::uint64_t>((number - 1) * batches() + batch + 1),
                fmt::format("epoch {} loss {:.3g}", number, total / static_cast<double>(at + chosen.size(0))));
        }
        return total / static_cast<double>(events);
    }

    void update() {
        const torch::NoGradGuard no_gradient;
        ++state_.step;
        const double whole = static_cast<double>(settings_.epochs * batches());
        const double rate = settings_.learning_rate *
                            (0.01 + 0.99 * 0.5 * (1 + std::cos(M_PI * static_cast<double>(state_.step) / whole)));
        constexpr double first = 0.9, second = 0.999, epsilon = 1e-8;
        const double m_scale = 1 - std::pow(first, state_.step), v_scale = 1 - std::pow(second, state_.step);
        const auto move = [&](Tensor& parameter, Tensor& m, Tensor& v) {
            const Tensor gradient = parameter.grad();
            m.mul_(first).add_(gradient, 1 - first);
            v.mul_(second).addcmul_(gradient, gradient, 1 - second);
            parameter.addcdiv_(m, (v / v_scale).sqrt_().add_(epsilon), -rate / m_scale);
        };
        for (Layer& layer : state_.model.layers) {
            move(layer.weights, layer.weights_m, layer.weights_v);
            move(layer.bias, layer.bias_m, layer.bias_v);
        }
    }

    void validate(std::uint32_t number, double training_loss) {
        const torch::NoGradGuard no_gradient;
        std::vector<Tensor> parts;
        for (std::int64_t at = 0; at < validation_.x.size(0); at += 16384)
            parts.push_back(state_.model.forward(
                validation_.x.slice(0, at, std::min<std::int64_t>(at + 16384, validation_.x.size(0)))));
        const Tensor outputs = torch::cat(parts);
        const double loss = loss_of(outputs, validation_.y, validation_.w).item<double>();
        state_.result.epochs.push_back({number, training_loss, loss});
        const bool final_form = state_.model.is_quantised && number > settings_.pruned_by_epoch;
        if (!final_form || (state_.result.best_epoch != 0 && loss >= state_.result.best_validation_loss))
            return;
        state_.result.best_epoch = number;
        state_.result.best_validation_loss = loss;
        state_.result.validation_outputs = values_of(outputs);
        state_.result.layers.clear();
        for (const Layer& layer : state_.model.layers)
            state_.result.layers.push_back(
                {static_cast<std::uint32_t>(layer.weights.size(0)), static_cast<std::uint32_t>(layer.weights.size(1)),
                 values_of(quantised(layer.weights * layer.mask, layer.weight)),
                 values_of(quantised(layer.bias, layer.offset)), layer.weight, layer.offset, layer.activation});
    }

    const EngineSettings& settings_;
    const Checkpoints& checkpoints_;
    Data training_, validation_;
    Fingerprint fingerprint_;
    State state_;
};

} // namespace

Trained run_engine(const EngineSettings& settings, const Samples& training, const Samples& validation,
                   const Checkpoints& checkpoints) {
    try {
        return Trainer(settings, training, validation, checkpoints).run();
    } catch (const c10::Error& error) {
        throw support::internal_error("libtorch: " + std::string(error.what_without_backtrace()));
    }
}

} // namespace gw::train
