// build and verify, as the program does them.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "bundle/build.hpp"
#include "bundle/model.hpp"
#include "native.hpp"
#include "verify/bundle.hpp"

namespace gw::python {

namespace {

std::string build(const std::filesystem::path& model, const std::filesystem::path& output,
                  const std::optional<std::filesystem::path>& config, const std::string& numerics,
                  std::optional<double> clock_ns, bool card, bool force) {
    const nb::gil_scoped_release release;
    const bundle::Model loaded = bundle::load_model({model, config.value_or(""), numerics});
    bundle::BuildOptions options;
    options.plan = loaded.plan;
    options.plan.clock_ns = clock_ns.value_or(options.plan.clock_ns);
    options.notes = loaded.notes;
    options.numerics = loaded.numerics;
    options.card = card ? bundle::SimulatedCard::compile : bundle::SimulatedCard::sources_only;
    options.if_exists = force ? support::IfExists::replace : support::IfExists::refuse;
    const bundle::Bundle made = bundle::build(loaded.network, output, options);
    return bundle::read_report(made.directory).at("build").dump();
}

std::string verify(const std::filesystem::path& directory, std::uint64_t vectors, std::uint64_t hls_vectors,
                   std::uint64_t seed, bool require_hls) {
    const nb::gil_scoped_release release;
    const bundle::Bundle bundle = bundle::open(directory, bundle::Check::everything);
    verify::Request request;
    request.vectors = vectors;
    request.hls_vectors = hls_vectors;
    request.seed = seed;
    request.hls = require_hls ? verify::Hls::required : verify::Hls::optional;
    const bundle::Json json = verify::to_json(verify::verify_bundle(bundle, request));
    bundle::write_report_section(bundle.directory, "verify", json);
    return json.dump();
}

} // namespace

void bind_build(nb::module_& module) {
    module.def("build", build, nb::arg("model"), nb::arg("output"), nb::arg("config").none(), nb::arg("numerics"),
               nb::arg("clock_ns").none(), nb::arg("card"), nb::arg("force"));
    module.def("verify", verify, nb::arg("bundle"), nb::arg("vectors"), nb::arg("hls_vectors"), nb::arg("seed"),
               nb::arg("require_hls"));
}

} // namespace gw::python
