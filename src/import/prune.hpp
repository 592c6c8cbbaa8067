#pragma once

#include "import/graph.hpp"

namespace gw::import {

/// Removes the layers that no output needs, but for the inputs.
void prune(Graph& graph);

} // namespace gw::import
