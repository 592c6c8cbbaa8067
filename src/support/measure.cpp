#include "support/measure.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace gw::support {

double median_rate(std::size_t items, double seconds, const std::function<void()>& work) {
    using Clock = std::chrono::steady_clock;
    if (items == 0)
        return 0;
    work();
    std::vector<double> times;
    double sum = 0;
    while (times.size() < 3 || sum < seconds) {
        const auto start = Clock::now();
        work();
        times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
        sum += times.back();
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle > 0 ? static_cast<double>(items) / *middle : 0;
}

} // namespace gw::support
