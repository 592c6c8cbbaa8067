// The inner loops: one row of one block, for the vector unit of the machine it runs on (Highway's run-time dispatch).
#pragma once

#include <cstdint>

#include "emulate/program.hpp"

namespace gw::emulate {

/// All rows of a step in 32-bit lanes: input and output tensors are 32-bit, too.
void run_rows_32(const std::vector<Row>& rows, const std::int32_t* input, std::int32_t* output);

/// All rows of a step in 64-bit lanes; the tensors may have either width.
void run_rows_64(const std::vector<Row>& rows, const void* input, Lane input_lane, void* output, Lane output_lane);

/// The vector unit in use, for reports: "AVX2", "AVX3" ...
const char* vector_unit();

} // namespace gw::emulate
