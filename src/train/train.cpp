#include "train/train.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>

#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/interrupt.hpp"
#include "support/rng.hpp"
#include "train/engine.hpp"
#include "train/onnx_writer.hpp"
#include "train/settings.hpp"

namespace gw::train {
namespace {

Quantiser quantiser_of(const fixed::FixedType& type) {
    return {type.width, type.fraction, type.is_signed, type.overflow == fixed::Overflow::sat_sym,
            type.rounding == fixed::Rounding::trn};
}

EngineSettings engine_settings(const Settings& settings) {
    EngineSettings engine;
    for (const LayerSettings& layer : settings.layers)
        engine.layers.push_back({layer.units, layer.weight_bits, layer.activation_bits, layer.sparsity});
    engine.input = quantiser_of(settings.input_type);
    engine.output = quantiser_of(settings.output_type);
    engine.floor_activations = settings.activation_rounding == ActivationRounding::floor;
    engine.loss = static_cast<LossKind>(settings.loss);
    engine.huber_delta = settings.huber_delta;
    engine.learning_rate = settings.learning_rate;
    engine.epochs = settings.epochs;
    engine.float_epochs = settings.float_epochs;
    engine.pruned_by_epoch = settings.pruned_by_epoch;
    engine.batch = settings.batch;
    engine.threads = settings.threads;
    engine.seed = settings.seed;
    return engine;
}

struct Split {
    Samples training, validation;
};

const support::Array& array_of(const std::map<std::string, support::Array>& arrays, const std::string& name,
                               const Settings& settings) {
    const auto found = arrays.find(name);
    if (found == arrays.end())
        throw support::user_error("no array is called '" + name + "'", settings.data.string(),
                                  "name the arrays under `data:` in the configuration");
    support::require_finite(found->second, settings.data.string() + ":" + name);
    return found->second;
}

/// Event i goes to validation by a hash of its number, so that neither order nor the file's size moves the others.
/// Events of weight 0 are left out.
Split load_samples(const Settings& settings) {
    const auto arrays = support::read_npz(settings.data);
    const support::Array &x = array_of(arrays, settings.inputs, settings),
                         &y = array_of(arrays, settings.targets, settings);
    const support::Array* w = settings.weights.empty() ? nullptr : &array_of(arrays, settings.weights, settings);
    if (y.rows() != x.rows() || y.row_size() != 1 || (w != nullptr && (w->rows() != x.rows() || w->row_size() != 1)))
        throw support::user_error("inputs, targets and weights differ in their number of events, or targets or weights "
                                  "are not one number an event",
                                  settings.data.string());
    Split split;
    const support::Random choice(0x5EED);
    for (std::size_t event = 0; event < x.rows(); ++event) {
        const double weight = w == nullptr ? 1.0 : w->values[event];
        if (weight < 0)
            throw support::user_error(fmt::format("event {} has a negative weight", event), settings.data.string());
        if (weight == 0)
            continue;
        Samples& target =
            choice.split(event).uniform() < settings.validation_fraction ? split.validation : split.training;
        ++target.events;
        for (std::size_t i = 0; i < x.row_size(); ++i)
            target.x.push_back(static_cast<float>(x.values[event * x.row_size() + i]));
        target.y.push_back(static_cast<float>(y.values[event]));
        target.w.push_back(static_cast<float>(weight));
    }
    split.training.features = split.validation.features = x.row_size();
    if (split.training.events < 10 || split.validation.events < 10)
        throw support::user_error(
            fmt::format("{} events with a weight above 0 are too few", split.training.events + split.validation.events),
            settings.data.string(), "give at least some hundred");
    return split;
}

std::uint64_t count(const Trained& trained, bool nonzero) {
    std::uint64_t sum = 0;
    for (const TrainedLayer& layer : trained.layers)
        sum += static_cast<std::uint64_t>(std::count_if(layer.weights.begin(), layer.weights.end(),
                                                        [&](float weight) { return !nonzero || weight != 0; }));
    return sum;
}

} // namespace

Result train(const Request& request) {
    const auto started = std::chrono::steady_clock::now();
    Settings settings = read_settings(request.config);
    settings.data = request.data.value_or(settings.data);
    settings.seed = request.seed.value_or(settings.seed);
    if (request.epochs) { // shorter or longer, in the same proportions
        const double factor = static_cast<double>(*request.epochs) / settings.epochs;
        settings.float_epochs = static_cast<std::uint32_t>(std::floor(settings.float_epochs * factor));
        settings.pruned_by_epoch = static_cast<std::uint32_t>(std::floor(settings.pruned_by_epoch * factor));
        settings.epochs = *request.epochs;
    }
    require_sensible(settings, request.config.string());
    if (settings.layers.back().units != 1)
        throw support::unsupported("a last layer of several units", request.config.string(),
                                   "targets are one number an event for now");
    const Split split = load_samples(settings);
    const EngineSettings engine = engine_settings(settings);
    const std::filesystem::path checkpoint = request.output.string() + ".checkpoint";
    const Trained trained =
        run_engine(engine, split.training, split.validation, {checkpoint, request.start == Start::resume});
    support::write_file(request.output, to_onnx(trained, engine.input, request.output.stem().string()));
    Result result;
    for (const Epoch& epoch : trained.epochs)
        result.epochs.push_back({epoch.number, epoch.training_loss, epoch.validation_loss});
    result.best_epoch = trained.best_epoch;
    result.best_validation_loss = trained.best_validation_loss;
    result.weights = count(trained, false);
    result.nonzero_weights = count(trained, true);
    result.training_events = split.training.events;
    result.validation_events = split.validation.events;
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return result;
}

} // namespace gw::train

/// No exception crosses the border of the library: the types of one and the other side need not be the same objects.
extern "C" int gatewright_train(const gw::train::Request* request, gw::train::Result* result,
                                gw::train::Failure* failure) {
    try {
        gw::support::install_interrupt_handlers(); // this library has its own copy of support/
        *result = gw::train::train(*request);
        return 0;
    } catch (const gw::support::Error& error) {
        *failure = {error.kind(), error.problem(), error.where(), error.remedy()};
    } catch (const std::exception& error) {
        *failure = {gw::support::ErrorKind::internal, error.what(), "training", ""};
    }
    return 1;
}
