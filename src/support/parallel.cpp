#include "support/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace gw::support {

void parallel_for(std::size_t count, std::size_t block, unsigned threads,
                  const std::function<void(std::size_t begin, std::size_t end)>& body) {
    block = std::max<std::size_t>(block, 1);
    const std::size_t blocks = count / block + (count % block != 0 ? 1 : 0);
    if (threads == 0)
        threads = std::max(1U, std::thread::hardware_concurrency());
    const auto workers = static_cast<unsigned>(std::min<std::size_t>(threads, blocks));

    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::exception_ptr first;
    std::mutex guard;
    const auto work = [&] {
        for (std::size_t i = next.fetch_add(1); i < blocks && !failed; i = next.fetch_add(1)) {
            try {
                body(i * block, std::min(count, (i + 1) * block));
            } catch (...) {
                const std::scoped_lock lock(guard);
                if (!first)
                    first = std::current_exception();
                failed = true;
            }
        }
    };
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < workers; ++i)
        others.emplace_back(work);
    work();
    others.clear(); // joins
    if (first)
        std::rethrow_exception(first);
}

} // namespace gw::support
