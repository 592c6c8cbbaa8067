// ONNX operators that are not read.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace gw::import {

/// Every operator of the standard as the ONNX library that this program is linked with knows it, and those that are
/// read, sorted; of other domains only what is read.
struct OnnxOperators {
    std::vector<std::string> read, refused;
};
OnnxOperators onnx_operators();

/// Why some of the refused ones are; for the others there is no more to say than that no one has built them.
const std::map<std::string, std::string>& onnx_refusals();

} // namespace gw::import
