// Quantisation-aware training with straight-through estimators (Bengio et al., arXiv:1308.3432; Jacob et al.,
// arXiv:1712.05877): the forward pass computes with quantised weights and activations, the backward pass treats a
// quantiser as the identity inside its range and as constant outside. Steps are powers of two, chosen once, after some
// epochs in floating point, to minimise the squared error on weights and on a sample of activations. Magnitude pruning
// follows the cubic schedule of Zhu & Gupta (arXiv:1710.01878). Adam (arXiv:1412.6980) with a cosine schedule.
#include "train/engine.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <torch/torch.h>

#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"
#include "support/progress.hpp"
#include "support/rng.hpp"

namespace gw::train {
namespace {

using torch::Tensor;

Tensor quantised(const Tensor& x, const Quantiser& q) {
    const double scale = std::ldexp(1.0, q.fraction);
    const Tensor steps = x.mul(scale);
    return (q.floor ? steps.floor() : steps.round()).clamp_(q.low(), q.high()).mul_(1 / scale);
}

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

/// The fraction bits, among those that hold most values, with the least squared error.
int best_fraction(const Tensor& values, Quantiser q) {
    const double largest = std::max(values.abs().max().item<double>(), 1e-9);
    const int holds_all = q.bits - (q.is_signed ? 1 : 0) - static_cast<int>(std::ceil(std::log2(largest)));
    int best = holds_all;
    double least = -1;
    for (int fraction = holds_all - 1; fraction <= holds_all + 3; ++fraction) {
        q.fraction = fraction;
        // Half a step of floor's error is a constant that the next bias learns to take away.
        const double shift = q.floor ? std::ldexp(0.5, -fraction) : 0.0;
        const double error = (quantised(values, q) + shift - values).square().mean().item<double>();
        if (least < 0 || error < least) {
            least = error;
            best = fraction;
        }
    }
    return best;
}

struct Layer {
    Tensor weights, bias, mask;                  // parameters; mask: 0 where pruned
    Tensor weights_m, weights_v, bias_m, bias_v; // Adam's moments
    Quantiser weight, offset, activation;
};

struct Model {
    std::vector<Layer> layers;
    bool is_quantised = false;

    Tensor forward(Tensor x) const {
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
};

Tensor tensor_of(const std::vector<float>& values, std::int64_t rows) {
    return torch::from_blob(const_cast<float*>(values.data()), {rows, static_cast<std::int64_t>(values.size()) / rows},
                            torch::kFloat32)
        .clone();
}

std::vector<float> values_of(const Tensor& tensor) {
    const Tensor flat = tensor.detach().contiguous();
    return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

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
          validation_(data_of(validation, settings.input)) {
        at::set_num_threads(static_cast<int>(settings.threads));
        initialise(static_cast<std::int64_t>(training.features));
    }

    Trained run() {
        if (checkpoints_.resume)
            load();
        support::Progress progress("training", settings_.epochs * batches());
        while (result_.epochs.size() < settings_.epochs) {
            const auto number = static_cast<std::uint32_t>(result_.epochs.size() + 1);
            prepare(number);
            const double loss = train_epoch(number, progress);
            validate(number, loss);
            save();
        }
        if (result_.best_epoch == 0)
            throw support::internal_error("no epoch after pruning");
        return result_;
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
            model_.layers.push_back(layer);
            inputs = outputs;
        }
    }

    /// What changes between epochs: the switch to quantised arithmetic, and pruning.
    void prepare(std::uint32_t number) {
        const torch::NoGradGuard no_gradient;
        if (!model_.is_quantised && number > settings_.float_epochs)
            calibrate();
        const double span = std::max<double>(settings_.pruned_by_epoch, 1);
        const double part = std::clamp((number - 1) / span, 0.0, 1.0);
        for (std::size_t i = 0; i < model_.layers.size(); ++i) {
            Layer& layer = model_.layers[i];
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
        for (std::size_t i = 0; i < model_.layers.size(); ++i) {
            Layer& layer = model_.layers[i];
            const bool last = i + 1 == model_.layers.size();
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
        model_.is_quantised = true;
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
            const Tensor loss = loss_of(model_.forward(training_.x.index_select(0, chosen)),
                                        training_.y.index_select(0, chosen), training_.w.index_select(0, chosen));
            for (Layer& layer : model_.layers) {
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
        ++step_;
        const double whole = static_cast<double>(settings_.epochs * batches());
        const double rate =
            settings_.learning_rate * (0.01 + 0.99 * 0.5 * (1 + std::cos(M_PI * static_cast<double>(step_) / whole)));
        constexpr double first = 0.9, second = 0.999, epsilon = 1e-8;
        const double m_scale = 1 - std::pow(first, step_), v_scale = 1 - std::pow(second, step_);
        const auto move = [&](Tensor& parameter, Tensor& m, Tensor& v) {
            const Tensor gradient = parameter.grad();
            m.mul_(first).add_(gradient, 1 - first);
            v.mul_(second).addcmul_(gradient, gradient, 1 - second);
            parameter.addcdiv_(m, (v / v_scale).sqrt_().add_(epsilon), -rate / m_scale);
        };
        for (Layer& layer : model_.layers) {
            move(layer.weights, layer.weights_m, layer.weights_v);
            move(layer.bias, layer.bias_m, layer.bias_v);
        }
    }

    void validate(std::uint32_t number, double training_loss) {
        const torch::NoGradGuard no_gradient;
        std::vector<Tensor> parts;
        for (std::int64_t at = 0; at < validation_.x.size(0); at += 16384)
            parts.push_back(
                model_.forward(validation_.x.slice(0, at, std::min<std::int64_t>(at + 16384, validation_.x.size(0)))));
        const Tensor outputs = torch::cat(parts);
        const double loss = loss_of(outputs, validation_.y, validation_.w).item<double>();
        result_.epochs.push_back({number, training_loss, loss});
        const bool final_form = model_.is_quantised && number > settings_.pruned_by_epoch;
        if (!final_form || (result_.best_epoch != 0 && loss >= result_.best_validation_loss))
            return;
        result_.best_epoch = number;
        result_.best_validation_loss = loss;
        result_.validation_outputs = values_of(outputs);
        result_.layers.clear();
        for (const Layer& layer : model_.layers)
            result_.layers.push_back(
                {static_cast<std::uint32_t>(layer.weights.size(0)), static_cast<std::uint32_t>(layer.weights.size(1)),
                 values_of(quantised(layer.weights * layer.mask, layer.weight)),
                 values_of(quantised(layer.bias, layer.offset)), layer.weight, layer.offset, layer.activation});
    }

    /// What must be the same for a checkpoint to continue this run.
    std::string fingerprint() const {
        std::string text = fmt::format("1 {} {} {} {} {} {} {} {} {} {} {}", settings_.seed, settings_.batch,
                                       settings_.epochs, settings_.float_epochs, settings_.pruned_by_epoch,
                                       settings_.learning_rate, static_cast<int>(settings_.loss), settings_.huber_delta,
                                       settings_.floor_activations, training_.x.size(0), training_.x.size(1));
        for (const EngineLayer& layer : settings_.layers)
            text +=
                fmt::format(" | {} {} {} {}", layer.units, layer.weight_bits, layer.activation_bits, layer.sparsity);
        return text;
    }

    template <typename Visit> void each_tensor(const Visit& visit) {
        for (std::size_t i = 0; i < model_.layers.size(); ++i) {
            Layer& layer = model_.layers[i];
            const std::string name = fmt::format("layer{}.", i);
            visit(name + "weights", layer.weights);
            visit(name + "bias", layer.bias);
            visit(name + "mask", layer.mask);
            visit(name + "weights_m", layer.weights_m);
            visit(name + "weights_v", layer.weights_v);
            visit(name + "bias_m", layer.bias_m);
            visit(name + "bias_v", layer.bias_v);
        }
    }

    static Tensor packed(const Quantiser& q) {
        return torch::tensor({q.bits, q.fraction, int{q.is_signed}, int{q.narrow}, int{q.floor}}, torch::kInt32);
    }
    static Quantiser unpacked(const Tensor& t) {
        const auto at = [&](int i) { return t[i].item<int>(); };
        return {at(0), at(1), at(2) != 0, at(3) != 0, at(4) != 0};
    }

    void save() {
        const torch::NoGradGuard no_gradient;
        torch::serialize::OutputArchive archive;
        archive.write("fingerprint", c10::IValue(fingerprint()));
        archive.write("step", c10::IValue(step_));
        archive.write("quantised", c10::IValue(model_.is_quantised));
        each_tensor([&](const std::string& name, Tensor& tensor) { archive.write(name, tensor.detach()); });
        std::vector<double> history;
        for (const Epoch& epoch : result_.epochs)
            history.insert(history.end(), {epoch.training_loss, epoch.validation_loss});
        archive.write("history", torch::tensor(history, torch::kFloat64));
        for (std::size_t i = 0; i < model_.layers.size(); ++i) {
            const Layer& layer = model_.layers[i];
            archive.write(fmt::format("quantisers{}", i),
                          torch::stack({packed(layer.weight), packed(layer.offset), packed(layer.activation)}));
        }
        archive.write("best_epoch", c10::IValue(static_cast<std::int64_t>(result_.best_epoch)));
        for (std::size_t i = 0; i < result_.layers.size(); ++i) {
            archive.write(fmt::format("best_weights{}", i), torch::tensor(result_.layers[i].weights));
            archive.write(fmt::format("best_bias{}", i), torch::tensor(result_.layers[i].bias));
        }
        if (result_.best_epoch != 0)
            archive.write("best_outputs", torch::tensor(result_.validation_outputs));
        support::write_through(checkpoints_.file,
                               [&](const std::filesystem::path& file) { archive.save_to(file.string()); });
    }

    void load() {
        const torch::NoGradGuard no_gradient;
        torch::serialize::InputArchive archive;
        const std::string where = checkpoints_.file.string();
        try {
            archive.load_from(where);
            read(archive);
        } catch (const c10::Error& error) {
            throw support::user_error("not a checkpoint of a training run: " +
                                          std::string(error.what_without_backtrace()),
                                      where, "start anew, without --resume");
        }
    }

    static Tensor stored(torch::serialize::InputArchive& archive, const std::string& name) {
        Tensor tensor; // a fresh one: read() would resize what it is given
        archive.read(name, tensor);
        return tensor;
    }

    void read(torch::serialize::InputArchive& archive) {
        c10::IValue value;
        archive.read("fingerprint", value);
        if (value.toStringRef() != fingerprint())
            throw support::user_error("the checkpoint belongs to other settings or other data",
                                      checkpoints_.file.string(),
                                      "use the settings it was made with, or start anew, without --resume");
        archive.read("step", value);
        step_ = value.toInt();
        archive.read("quantised", value);
        model_.is_quantised = value.toBool();
        each_tensor([&](const std::string& name, Tensor& tensor) { tensor.copy_(stored(archive, name)); });
        const Tensor history = stored(archive, "history");
        for (std::int64_t i = 0; i + 1 < history.numel(); i += 2)
            result_.epochs.push_back(
                {static_cast<std::uint32_t>(i / 2 + 1), history[i].item<double>(), history[i + 1].item<double>()});
        for (std::size_t i = 0; i < model_.layers.size(); ++i) {
            const Tensor tensor = stored(archive, fmt::format("quantisers{}", i));
            Layer& layer = model_.layers[i];
            layer.weight = unpacked(tensor[0]);
            layer.offset = unpacked(tensor[1]);
            layer.activation = unpacked(tensor[2]);
        }
        archive.read("best_epoch", value);
        result_.best_epoch = static_cast<std::uint32_t>(value.toInt());
        if (result_.best_epoch != 0)
            read_best(archive);
    }

    void read_best(torch::serialize::InputArchive& archive) {
        result_.best_validation_loss = result_.epochs.at(result_.best_epoch - 1).validation_loss;
        for (std::size_t i = 0; i < model_.layers.size(); ++i) {
            const Layer& layer = model_.layers[i];
            result_.layers.push_back({static_cast<std::uint32_t>(layer.weights.size(0)),
                                      static_cast<std::uint32_t>(layer.weights.size(1)),
                                      values_of(stored(archive, fmt::format("best_weights{}", i))),
                                      values_of(stored(archive, fmt::format("best_bias{}", i))), layer.weight,
                                      layer.offset, layer.activation});
        }
        result_.validation_outputs = values_of(stored(archive, "best_outputs"));
    }

    const EngineSettings& settings_;
    const Checkpoints& checkpoints_;
    Data training_, validation_;
    Model model_;
    std::int64_t step_ = 0;
    Trained result_;
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
