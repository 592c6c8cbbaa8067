// Splits [0, count) into blocks over threads. The split does not depend on the number of threads, so results need not
// either.
#pragma once

#include <cstddef>
#include <functional>

namespace gw::support {

/// Calls body(begin, end) for blocks of `block` items; the first exception thrown is rethrown here once all threads
/// have ended.
/// @param threads 0: one per core
void parallel_for(std::size_t count, std::size_t block, unsigned threads,
                  const std::function<void(std::size_t begin, std::size_t end)>& body);

} // namespace gw::support
