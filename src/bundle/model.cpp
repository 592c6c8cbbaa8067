#include "bundle/model.hpp"

#include "bundle/events.hpp"
#include "import/hls4ml_config.hpp"
#include "plan/part.hpp"
#include "quantize/calibrate.hpp"
#include "quantize/load.hpp"
#include "support/error.hpp"

namespace gw::bundle {
namespace {

Model load_bundle(const ModelSource& source, Check check) {
    if (!source.config.empty() || !source.numerics.empty())
        throw support::user_error("a bundle's numerics are settled; a configuration and numerics do not go with it",
                                  source.model.string(),
                                  "give the model file instead, or leave out --config and --numerics");
    Model model;
    model.bundle = open(source.model, check);
    model.network = model.bundle->network;
    model.numerics = model.bundle->manifest.numerics;
    model.plan = model.bundle->manifest.plan;
    return model;
}

quantize::Numerics parse_numerics(const std::string& text) {
    if (text.empty() || text == "exact")
        return quantize::Numerics::exact;
    if (text == "hls4ml")
        return quantize::Numerics::hls4ml;
    throw support::user_error("there are no numerics '" + text + "'", "", "they are exact and hls4ml");
}

/// Quantised anew, with fraction bits from the magnitudes that the events show.
quantize::Quantised calibrated(const ModelSource& source, quantize::Options options, const network::Network& first) {
    if (options.numerics != quantize::Numerics::exact)
        throw support::user_error(
            "hls4ml numerics take their types from the configuration alone: --calibrate has no use",
            source.model.string(), "leave it out, or use --numerics exact");
    if (quantize::is_network_file(source.model))
        throw support::user_error("a Gatewright network already has all its types: --calibrate cannot change them",
                                  source.model.string(), "leave out --calibrate");
    const import::Graph graph = quantize::import_model(source.model, options.config);
    if (quantize::has_quantisers(graph))
        throw support::user_error("the model's own quantisers name its types: --calibrate cannot change them",
                                  source.model.string(), "leave out --calibrate");
    const support::Array rows = read_events(first, source.calibrate);
    options.calibrated = quantize::calibrate(graph, rows.values, source.bits);
    return quantize::quantize(graph, options);
}

} // namespace

Model load_model(const ModelSource& source, Check check) {
    std::error_code ignored;
    if (std::filesystem::is_directory(source.model, ignored))
        return load_bundle(source, check);
    if (!source.numerics.empty() && std::filesystem::is_regular_file(source.model, ignored) &&
        quantize::is_network_file(source.model))
        throw support::user_error("a Gatewright network already has all its types: --numerics cannot change them",
                                  source.model.string(), "leave out --numerics");
    quantize::Options options;
    options.numerics = parse_numerics(source.numerics);
    Model model;
    if (!source.config.empty()) {
        options.config = import::read_hls4ml_config(source.config);
        model.plan.clock_ns = options.config->clock_period_ns.value_or(model.plan.clock_ns);
        model.plan.part = options.config->part.value_or(model.plan.part);
        model.plan.delays = plan::delays_of(model.plan.part);
        model.hls.io = options.config->io_stream ? hls::IoType::stream : hls::IoType::parallel;
        if (options.config->model.strategy == "resource")
            model.hls.strategy = hls::Strategy::resource;
    }
    quantize::Quantised quantised = quantize::load_network(source.model, options);
    if (!source.calibrate.empty())
        quantised = calibrated(source, options, quantised.network);
    model.plan.layer_reuse = quantised.reuse;
    model.error_bounds = std::move(quantised.error_bounds);
    model.network = std::move(quantised.network);
    model.notes = std::move(quantised.notes);
    model.numerics = options.numerics == quantize::Numerics::exact ? "exact" : "hls4ml";
    return model;
}

} // namespace gw::bundle
