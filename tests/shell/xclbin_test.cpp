#include "shell/xclbin.hpp"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error.hpp"
#include "support/rng.hpp"

namespace gw::shell {
namespace {

using ::testing::HasSubstr;

KernelInfo kernel() {
    KernelInfo info;
    info.name = "net_kernel";
    info.clock_ns = 4;
    return info;
}

Xclbin example() {
    return describe(kernel(), card_layout(kernel(), 3, 2, std::uint64_t{1} << 28, BankKind::hbm),
                    XclbinMode::hw_emulation, "not a bitstream");
}

TEST(Xclbin, ReadsWhatItWrites) {
    const Xclbin made = example();
    const std::string bytes = to_bytes(made);
    const Xclbin read = xclbin_from_bytes(bytes, "here");
    EXPECT_EQ(read.mode, made.mode);
    EXPECT_EQ(read.platform, "gatewright_card_1_0");
    EXPECT_EQ(read.uuid, made.uuid);
    EXPECT_EQ(read.sections, made.sections);
    EXPECT_EQ(to_bytes(read), bytes);
    EXPECT_EQ(to_bytes(example()), bytes); // the same input, the same file
}

TEST(Xclbin, AnotherDesignHasAnotherIdentity) {
    const Xclbin other = describe(kernel(), card_layout(kernel(), 1, 1, std::uint64_t{1} << 28, BankKind::ddr4),
                                  XclbinMode::hw_emulation, "not a bitstream");
    EXPECT_NE(other.uuid, example().uuid);
}

TEST(Xclbin, UnitsShareBanksInTurn) {
    const CardLayout layout = card_layout(kernel(), 3, 2, 4096, BankKind::hbm);
    ASSERT_EQ(layout.units.size(), 3U);
    EXPECT_EQ(layout.units[2].input_bank, 0U);
    EXPECT_EQ(layout.units[1].input_bank, 1U);
    EXPECT_EQ(layout.units[0].name, "net_kernel_1");
    EXPECT_EQ(layout.banks[1].tag, "HBM[1]");
    EXPECT_EQ(layout.banks[1].base, layout.banks[0].base + 4096);
}

TEST(Xclbin, ANameThatWouldBeCutIsRefused) {
    KernelInfo info = kernel();
    info.name = std::string(30, 'k');
    EXPECT_THROW(card_layout(info, 1, 1, 4096, BankKind::hbm), support::Error);
    info.name.pop_back();
    EXPECT_EQ(card_layout(info, 16, 1, 4096, BankKind::hbm).units.size(), 16U);
}

TEST(Xclbin, WhatIsDamagedIsNamed) {
    const std::string bytes = to_bytes(example());
    const auto expect = [](const std::string& damaged, const char* part) {
        try {
            xclbin_from_bytes(damaged, "some.xclbin");
            ADD_FAILURE() << "accepted; " << part;
        } catch (const support::Error& error) {
            EXPECT_EQ(error.kind(), support::ErrorKind::user);
            EXPECT_THAT(std::string(error.what()), HasSubstr("some.xclbin"));
            EXPECT_THAT(std::string(error.what()), HasSubstr(part));
        }
    };
    expect("", "not an xclbin");
    expect(std::string(500, 'x'), "not an xclbin");
    expect(bytes.substr(0, bytes.size() - 1), "cut short");
    std::string many = bytes, beyond = bytes;
    many[448 + 2] = 1; // sections, times 65536
    expect(many, "sections");
    std::memset(beyond.data() + 456 + 32, 0x7f, 8); // the first section's size
    expect(beyond, "beyond the end");
}

TEST(Xclbin, DamagedFilesNeverDoHarm) {
    const std::string bytes = to_bytes(example());
    constexpr std::uint64_t seed = 5;
    support::Random random(seed);
    std::size_t refused = 0;
    constexpr std::size_t files = 20'000;
    for (std::size_t k = 0; k < files; ++k) {
        std::string damaged = bytes;
        for (std::uint64_t n = 1 + random.below(4); n > 0; --n)
            damaged[random.below(4) == 0 ? random.below(damaged.size()) : 304 + random.below(520)] =
                static_cast<char>(random.below(256));
        try {
            xclbin_from_bytes(damaged, "x");
        } catch (const support::Error&) {
            ++refused;
        }
    }
    std::printf("seed %llu: %zu damaged files, %zu refused\n", static_cast<unsigned long long>(seed), files, refused);
    EXPECT_GT(refused, files / 10);
}

} // namespace
} // namespace gw::shell
