// Ops that look values up -> tables indexed by the input itself. Each gives nothing where lanes are too narrow or the
// output's values pass 32 bits.
#pragma once

#include "emulate/compiler.hpp"

namespace gw::emulate {

std::optional<Lookup> compile_table(const Compiler& compiler, const network::Table& op, Lane lane);
std::optional<Lookup> compile_embedding(const Compiler& compiler, const network::Embedding& op, Lane lane);
std::optional<Stairs> compile_steps(const Compiler& compiler, const network::Steps& op, Lane lane);

} // namespace gw::emulate
