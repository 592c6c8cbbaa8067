#include "train/checkpoint.hpp"

#include <fmt/format.h>

#include "support/atomic_file.hpp"
#include "support/checksum.hpp"
#include "support/error.hpp"

namespace gw::train {
namespace {

using torch::Tensor;

std::string text_of(const Quantiser& q) {
    return fmt::format("{} bits, {} of fraction{}{}{}", q.bits, q.fraction, q.is_signed ? ", signed" : "",
                       q.narrow ? ", narrow" : "", q.floor ? ", floor" : "");
}

std::string text_of(const Samples& samples) {
    support::Fnv1a64 sum;
    for (const auto* values : {&samples.x, &samples.y, &samples.w})
        sum.add({reinterpret_cast<const char*>(values->data()), values->size() * sizeof(float)});
    return fmt::format("{} events of {} features, checksum {:016x}", samples.events, samples.features, sum.value());
}

/// "setting = value" lines.
std::string text_of(const Fingerprint& fingerprint) {
    std::string text;
    for (const auto& [name, value] : fingerprint)
        text += name + " = " + value + "\n";
    return text;
}

/// Every setting whose line is not among the stored ones, with both values.
std::string differences(const std::string& stored, const Fingerprint& now) {
    std::string text;
    for (const auto& [name, value] : now) {
        const std::string key = name + " = ";
        const auto at = ("\n" + stored).find("\n" + key);
        const std::string before = at == std::string::npos
                                       ? "absent"
                                       : stored.substr(at + key.size(), stored.find('\n', at) - at - key.size());
        if (before != value)
            text += fmt::format("{}{} was {}, now {}", text.empty() ? "" : "; ", name, before, value);
    }
    return text.empty() ? "it has settings that this run has not" : text;
}

template <typename Layers, typename Visit> void each_tensor(Layers& layers, const Visit& visit) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        auto& layer = layers[i];
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

Tensor packed(const Quantiser& q) {
    return torch::tensor({q.bits, q.fraction, int{q.is_signed}, int{q.narrow}, int{q.floor}}, torch::kInt32);
}
Quantiser unpacked(const Tensor& t) {
    const auto at = [&](int i) { return t[i].item<int>(); };
    return {at(0), at(1), at(2) != 0, at(3) != 0, at(4) != 0};
}

Tensor stored(torch::serialize::InputArchive& archive, const std::string& name) {
    Tensor tensor; // a fresh one: read() would resize what it is given
    archive.read(name, tensor);
    return tensor;
}

void write_best(torch::serialize::OutputArchive& archive, const Trained& result) {
    archive.write("best_epoch", c10::IValue(static_cast<std::int64_t>(result.best_epoch)));
    if (result.best_epoch == 0)
        return;
    for (std::size_t i = 0; i < result.layers.size(); ++i) {
        archive.write(fmt::format("best_weights{}", i), torch::tensor(result.layers[i].weights));
        archive.write(fmt::format("best_bias{}", i), torch::tensor(result.layers[i].bias));
    }
    archive.write("best_outputs", torch::tensor(result.validation_outputs));
}

void read_best(torch::serialize::InputArchive& archive, State& state) {
    c10::IValue value;
    archive.read("best_epoch", value);
    Trained& result = state.result;
    result.best_epoch = static_cast<std::uint32_t>(value.toInt());
    if (result.best_epoch == 0)
        return;
    result.best_validation_loss = result.epochs.at(result.best_epoch - 1).validation_loss;
    for (std::size_t i = 0; i < state.model.layers.size(); ++i) {
        const Layer& layer = state.model.layers[i];
        result.layers.push_back(
            {static_cast<std::uint32_t>(layer.weights.size(0)), static_cast<std::uint32_t>(layer.weights.size(1)),
             values_of(stored(archive, fmt::format("best_weights{}", i))),
             values_of(stored(archive, fmt::format("best_bias{}", i))), layer.weight, layer.offset, layer.activation});
    }
    result.validation_outputs = values_of(stored(archive, "best_outputs"));
}

void read(torch::serialize::InputArchive& archive, State& state, const Fingerprint& fingerprint,
          const std::string& where) {
    c10::IValue value;
    archive.read("fingerprint", value);
    if (value.toStringRef() != text_of(fingerprint))
        throw support::user_error("the checkpoint belongs to another run: " +
                                      differences(value.toStringRef(), fingerprint),
                                  where, "use the settings and data it was made with, or start anew, without --resume");
    archive.read("step", value);
    state.step = value.toInt();
    archive.read("quantised", value);
    state.model.is_quantised = value.toBool();
    each_tensor(state.model.layers,
                [&](const std::string& name, Tensor& tensor) { tensor.copy_(stored(archive, name)); });
    const Tensor history = stored(archive, "history");
    for (std::int64_t i = 0; i + 1 < history.numel(); i += 2)
        state.result.epochs.push_back(
            {static_cast<std::uint32_t>(i / 2 + 1), history[i].item<double>(), history[i + 1].item<double>()});
    for (std::size_t i = 0; i < state.model.layers.size(); ++i) {
        const Tensor tensor = stored(archive, fmt::format("quantisers{}", i));
        Layer& layer = state.model.layers[i];
        layer.weight = unpacked(tensor[0]);
        layer.offset = unpacked(tensor[1]);
        layer.activation = unpacked(tensor[2]);
    }
    read_best(archive, state);
}

} // namespace

Fingerprint fingerprint_of(const EngineSettings& settings, const Samples& training, const Samples& validation) {
    const auto text = [](const auto& value) { return fmt::format("{}", value); };
    Fingerprint result{{"checkpoint format", "2"},
                       {"seed", text(settings.seed)},
                       {"threads", text(settings.threads)},
                       {"batch", text(settings.batch)},
                       {"epochs", text(settings.epochs)},
                       {"float_epochs", text(settings.float_epochs)},
                       {"pruned_by_epoch", text(settings.pruned_by_epoch)},
                       {"learning_rate", text(settings.learning_rate)},
                       {"loss", text(static_cast<int>(settings.loss))},
                       {"huber_delta", text(settings.huber_delta)},
                       {"floor_activations", text(settings.floor_activations)},
                       {"input", text_of(settings.input)},
                       {"output", text_of(settings.output)},
                       {"layers", text(settings.layers.size())}};
    for (std::size_t i = 0; i < settings.layers.size(); ++i) {
        const EngineLayer& layer = settings.layers[i];
        result.emplace_back(fmt::format("layer {}", i + 1),
                            fmt::format("{} units, {}-bit weights, {}-bit activations, sparsity {}", layer.units,
                                        layer.weight_bits, layer.activation_bits, layer.sparsity));
    }
    result.emplace_back("training data", text_of(training));
    result.emplace_back("validation data", text_of(validation));
    return result;
}

void save_checkpoint(const State& state, const Fingerprint& fingerprint, const std::filesystem::path& file) {
    const torch::NoGradGuard no_gradient;
    torch::serialize::OutputArchive archive;
    archive.write("fingerprint", c10::IValue(text_of(fingerprint)));
    archive.write("step", c10::IValue(state.step));
    archive.write("quantised", c10::IValue(state.model.is_quantised));
    each_tensor(state.model.layers,
                [&](const std::string& name, const Tensor& tensor) { archive.write(name, tensor.detach()); });
    std::vector<double> history;
    for (const Epoch& epoch : state.result.epochs)
        history.insert(history.end(), {epoch.training_loss, epoch.validation_loss});
    archive.write("history", torch::tensor(history, torch::kFloat64));
    for (std::size_t i = 0; i < state.model.layers.size(); ++i) {
        const Layer& layer = state.model.layers[i];
        archive.write(fmt::format("quantisers{}", i),
                      torch::stack({packed(layer.weight), packed(layer.offset), packed(layer.activation)}));
    }
    write_best(archive, state.result);
    support::write_through(file, [&](const std::filesystem::path& part) { archive.save_to(part.string()); });
}

void load_checkpoint(State& state, const Fingerprint& fingerprint, const std::filesystem::path& file) {
    const torch::NoGradGuard no_gradient;
    try {
        torch::serialize::InputArchive archive;
        archive.load_from(file.string());
        read(archive, state, fingerprint, file.string());
    } catch (const c10::Error& error) {
        throw support::user_error("not a checkpoint of a training run: " + std::string(error.what_without_backtrace()),
                                  file.string(), "start anew, without --resume");
    }
}

} // namespace gw::train
