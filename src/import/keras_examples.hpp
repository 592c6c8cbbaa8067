// The smallest layer of each class that is read: what the table of layers (inspect/layer_table.hpp) asks both numerics
// about.
#pragma once

#include <string>
#include <vector>

#include "import/graph.hpp"

namespace gw::import {

struct KerasExample {
    std::string config; ///< JSON, as a file has it, without the name
    std::vector<Shape> inputs;
};

/// Throws support::Error (internal) if there is none: a class that is read has its example here.
KerasExample keras_example(const std::string& class_name);

/// Reads the one layer, its weights being all 2. Errors as read_keras.
Graph read_keras_example(const std::string& class_name, const KerasExample& example);

} // namespace gw::import
