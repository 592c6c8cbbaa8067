#include "device/address_pool.hpp"

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::device {

namespace {
constexpr std::uint64_t page = 4096;
}

std::uint64_t AddressPool::allocate(std::uint64_t bytes) {
    if (bytes <= bytes_) {
        const std::uint64_t wanted = bytes == 0 ? page : (bytes + page - 1) / page * page;
        std::uint64_t gap = 0;
        for (const auto& [begin, end] : taken_) {
            if (begin - gap >= wanted) {
                break;
            }
            gap = end;
        }
        if (gap <= bytes_ && bytes_ - gap >= wanted) {
            taken_.emplace(gap, gap + wanted);
            return gap;
        }
    }
    throw support::user_error(fmt::format("the card's memory of {} bytes has no room for {} more", bytes_, bytes), "",
                              "free buffers, or use smaller batches");
}

void AddressPool::release(std::uint64_t address) {
    if (taken_.erase(address) == 0) {
        throw support::internal_error(fmt::format("device address {:#x} was released but not allocated", address));
    }
}

} // namespace gw::device
