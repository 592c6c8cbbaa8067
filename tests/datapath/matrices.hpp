// The matrices on which constant multiplication is measured (docs/benchmarks.md): uniform signed, all positive, half
// zero.
#pragma once

#include <cstdint>
#include <vector>

#include "datapath/cmvm.hpp"
#include "support/rng.hpp"

namespace gw::test {

/// @param kind 's': uniform signed; 'p': in (2^(bits-1), 2^bits); 'z': as 's', then half of them zero. Row-major.
inline std::vector<std::int64_t> matrix(char kind, std::size_t rows, std::size_t columns, int bits,
                                        std::uint64_t seed) {
    support::Random random(seed);
    std::vector<std::int64_t> weights;
    for (std::size_t k = 0; k < rows * columns; ++k) {
        const std::uint64_t x = random.next();
        if (kind == 'p') {
            const std::uint64_t low = (1ULL << (bits - 1)) + 1, high = (1ULL << bits) - 1;
            weights.push_back(static_cast<std::int64_t>(low + x % (high - low + 1)));
            continue;
        }
        std::int64_t w = static_cast<std::int64_t>(x >> (64 - bits)) - (std::int64_t{1} << (bits - 1));
        if (kind == 'z' && (random.next() >> 63) != 0) {
            w = 0;
        }
        weights.push_back(w);
    }
    return weights;
}

/// Eight-bit signed inputs.
inline datapath::CmvmProblem problem(char kind, std::size_t rows, std::size_t columns, int bits, std::uint64_t seed) {
    datapath::CmvmProblem problem;
    problem.inputs.assign(rows, {{-128, 127, 0}, 0});
    problem.columns = columns;
    problem.weights = matrix(kind, rows, columns, bits, seed);
    return problem;
}

} // namespace gw::test
