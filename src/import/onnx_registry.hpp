// Every ONNX operator that is read, and every one that is known and refused.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "import/onnx_node.hpp"

namespace gw::import {

using ReadOnnxNode = std::function<void(OnnxNode&)>;
/// By name ("Conv"); operators of domains other than ONNX's own and QONNX's have the domain in front
/// ("com.microsoft.QLinearAdd").
using OnnxReaders = std::map<std::string, ReadOnnxNode>;

const OnnxReaders& onnx_readers();
/// Names of the operators, for tables and messages.
std::vector<std::string> onnx_operators();
/// Operators that ONNX has and that are not read -> why.
const std::map<std::string, std::string>& onnx_refused_operators();
/// Those, and every other operator of the standard, as the linked ONNX library knows it, that is not read -> why.
std::map<std::string, std::string> onnx_unread_operators();
/// The name in the two tables.
std::string onnx_operator_key(const std::string& domain, const std::string& type);

/// onnx_<family>.cpp, each for some operators.
void add_onnx_gathers(OnnxReaders& readers);
void add_onnx_functions(OnnxReaders& readers);
void add_onnx_arithmetic(OnnxReaders& readers);
void add_onnx_logic(OnnxReaders& readers);
void add_onnx_products(OnnxReaders& readers);
void add_onnx_convolutions(OnnxReaders& readers);
void add_onnx_pools(OnnxReaders& readers);
void add_onnx_normalisations(OnnxReaders& readers);
void add_onnx_shapes(OnnxReaders& readers);
void add_onnx_movements(OnnxReaders& readers);
void add_onnx_resizes(OnnxReaders& readers);
void add_onnx_reductions(OnnxReaders& readers);
void add_onnx_recurrent(OnnxReaders& readers);
void add_onnx_constants(OnnxReaders& readers);
void add_onnx_quantisers(OnnxReaders& readers);
void add_onnx_staircases(OnnxReaders& readers);
void add_onnx_integers(OnnxReaders& readers);
void add_onnx_integer_products(OnnxReaders& readers);

/// A node whose operands are all constants, computed at once. False where the operator is none that is folded.
bool fold_onnx_node(OnnxNode& node);

} // namespace gw::import
