// How Keras writes that a layer is called: which tensors of which calls it reads, in Keras 2's and Keras 3's form.
#pragma once

#include <string>
#include <vector>

#include "import/attributes.hpp"

namespace gw::import {

/// One output of one call of one layer.
struct KerasTensor {
    std::string layer;
    std::uint32_t call = 0, output = 0;
};

struct KerasCall {
    std::vector<KerasTensor> inputs;
    Json options = Json::object(); ///< keyword arguments that are no tensors and say something
};

/// Tensors in a value that holds [name, call, output, ...] at any depth (Keras 2), or Keras 3 tensors.
void collect_tensors(const Json& value, const std::string& where, std::vector<KerasTensor>& tensors,
                     Problems& problems);

/// {"args": [...], "kwargs": {...}} (Keras 3) or [["name", 0, 0, {}], ...] (Keras 2).
KerasCall read_call(const Json& node, const std::string& where, Problems& problems);

} // namespace gw::import
