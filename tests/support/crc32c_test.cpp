#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "support/crc32c.hpp"
#include "support/rng.hpp"

namespace gw::support {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

TEST(Crc32c, HasTheValuesOfRfc3720) {
    EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283U); // the usual check value
    EXPECT_EQ(crc32c(std::vector<std::byte>(32)), 0x8a9136aaU);
    EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0xff})), 0x62a8ab43U);
}

TEST(Crc32c, IsTheSameByTableAndInPieces) {
    Random random(3);
    for (std::size_t size = 0; size < 200; ++size) {
        std::vector<std::byte> bytes(size);
        for (std::byte& byte : bytes)
            byte = static_cast<std::byte>(random.below(256));
        EXPECT_EQ(crc32c(bytes), crc32c_by_table(bytes));
        const std::span<const std::byte> all(bytes);
        EXPECT_EQ(crc32c(all.subspan(size / 3), crc32c(all.first(size / 3))), crc32c(bytes));
    }
}

} // namespace
} // namespace gw::support
