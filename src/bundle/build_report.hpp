// What the compiler knows of a core before any tool has seen it: per layer and per pipeline stage.
#pragma once

#include "bundle/bundle.hpp"
#include "datapath/graph.hpp"
#include "datapath/pipeline.hpp"

namespace gw::bundle {

/// {"stages": [{"delay_ns", "adders", "register_bits"}], "layers": [{"name", "first_stage", "last_stage", "adders",
/// "conversions"}]}: delays by the plan's model, of the longest path in each stage.
Json core_report(const datapath::Graph& graph, const datapath::Pipeline& pipeline, const plan::DelayModel& model);

} // namespace gw::bundle
