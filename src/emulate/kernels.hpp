// The inner loops: one step of one block, for the vector unit of the machine it runs on (Highway's run-time dispatch).
#pragma once

#include <cstddef>

#include "emulate/program.hpp"

namespace gw::emulate {

/// Runs a step that is not Plain. @param memory of one block, program.bytes long
void run_step(const Program& program, const Step& step, std::byte* memory);

/// The vector unit in use, for reports: "AVX2", "AVX3" ...
const char* vector_unit();

} // namespace gw::emulate
