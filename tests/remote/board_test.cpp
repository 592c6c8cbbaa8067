// The board behind PYNQ.remote, without the wire: DMA, sessions, files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulate/emulator.hpp"
#include "network/file.hpp"
#include "remote/board.hpp"
#include "remote/files.hpp"
#include "remote/sessions.hpp"
#include "shell/pynq_overlay.hpp"
#include "support/error.hpp"

namespace gw::remote {
namespace {

using ::testing::HasSubstr;

/// y = max(x, 0) on three values of 8 bits: four bytes an event in memory, three in a stream.
network::Network rectifier() {
    return network::from_json(R"({"format": "gatewright-network", "version": 1, "name": "rectifier",
 "tensors": [{"name": "x", "shape": [3], "types": ["fixed<8,4>"]}, {"name": "y", "shape": [3], "types": ["ufixed<8,4>"]}],
 "inputs": ["x"], "outputs": ["y"], "ops": [{"name": "r", "op": "relu", "input": "x", "output": "y"}]})",
                              "rectifier");
}

shell::KernelInfo kernel() {
    shell::KernelInfo info;
    info.name = "rectifier_kernel";
    const auto fields = [](const fixed::FixedType& type) {
        std::vector<rtl::Field> all;
        for (std::uint32_t k = 0; k < 3; ++k)
            all.push_back({"v", type, 8 * k});
        return all;
    };
    info.input = shell::layout_of(fields(fixed::ap_fixed(8, 4)));
    info.output = shell::layout_of(fields(fixed::ap_ufixed(8, 4)));
    return info;
}

class BoardTest : public testing::Test {
  protected:
    BoardTest()
        : board_(device::open_emulated_card(rectifier(), kernel()), kernel()),
          sessions_(board_, [this](const std::string& peer) { return peer != gone_; }) {}

    std::uint64_t address(const std::string& id) const { return sessions_.buffer(id).address; }
    void start_dma() {
        board_.write(shell::dma_base + 0x00, 1);
        board_.write(shell::dma_base + 0x30, 1);
    }
    void transfer(std::uint64_t channel, std::uint64_t to, std::uint32_t bytes) {
        const std::uint64_t at = shell::dma_base + channel;
        board_.write(at + 0x18, static_cast<std::uint32_t>(to));
        board_.write(at + 0x1c, static_cast<std::uint32_t>(to >> 32U));
        board_.write(at + 0x28, bytes);
    }
    std::uint32_t status(std::uint64_t channel) { return board_.read(shell::dma_base + channel + 4); }

    Board board_;
    std::string gone_; ///< the client whose connection is not there
    Sessions sessions_;
};

constexpr std::uint64_t to_device = 0, from_device = 0x30;
constexpr std::uint32_t halted = 1, idle_and_done = 0x1002, failed = 0x10;

TEST_F(BoardTest, ADmaPacketIsWholeEventsWithoutPadding) {
    const std::string in = sessions_.allocate("a", 6), out = sessions_.allocate("a", 6);
    const std::vector<std::byte> given{std::byte{5},    std::byte{0xff}, std::byte{7},
                                       std::byte{0x80}, std::byte{1},    std::byte{2}};
    board_.card().write_memory(address(in), given);
    EXPECT_EQ(status(to_device), halted);
    start_dma();
    transfer(from_device, address(out), 6);
    EXPECT_EQ(status(from_device), 0U); // the stream waits for its other end
    transfer(to_device, address(in), 6);
    EXPECT_EQ(status(to_device), idle_and_done);
    EXPECT_EQ(status(from_device), idle_and_done);
    EXPECT_EQ(board_.read(shell::dma_base + 0x58), 6U);
    std::vector<std::byte> got(6);
    board_.card().read_memory(address(out), got);
    EXPECT_EQ(got, (std::vector<std::byte>{std::byte{5}, std::byte{0}, std::byte{7}, std::byte{0}, std::byte{1},
                                           std::byte{2}}));
    board_.write(shell::dma_base + 0x34, 0x1000); // writing 1 clears
    EXPECT_EQ(status(from_device), 2U);
}

TEST_F(BoardTest, APacketThatDoesNotFitIsAnErrorAndTheNextWorks) {
    const std::string in = sessions_.allocate("a", 64), out = sessions_.allocate("a", 64);
    start_dma();
    transfer(to_device, address(in), 7); // no whole events
    transfer(from_device, address(out), 64);
    EXPECT_EQ(status(to_device) & failed, failed);
    EXPECT_EQ(status(from_device) & failed, failed);
    board_.program();
    EXPECT_EQ(status(to_device), halted);
    start_dma();
    transfer(to_device, address(in), 6);
    transfer(from_device, address(out), 3); // too little room
    EXPECT_EQ(status(from_device) & failed, failed);
    board_.write(shell::dma_base, 4); // its own reset
    start_dma();
    transfer(to_device, address(in), 6);
    transfer(from_device, std::uint64_t{1} << 60U, 6); // nowhere
    EXPECT_EQ(status(from_device) & failed, failed);
    board_.write(shell::dma_base, 4);
    start_dma();
    transfer(to_device, address(in), 6);
    transfer(from_device, address(out), 6);
    EXPECT_EQ(status(from_device), idle_and_done);
}

TEST_F(BoardTest, RegistersOutsideTheDesignAreRefused) {
    EXPECT_THROW(board_.read(0x1000), support::Error);
    EXPECT_THROW(board_.write(0xA0040000, 1), support::Error);
    EXPECT_FALSE(board_.holds(shell::kernel_base, shell::ip_range + 4));
    EXPECT_TRUE(board_.holds(shell::kernel_base, shell::ip_range));
    board_.write(shell::gpio_base, 5);
    EXPECT_EQ(board_.read(shell::gpio_base), 5U);
    board_.program();
    EXPECT_EQ(board_.read(shell::gpio_base), 0U);
}

TEST_F(BoardTest, WhatClientsHoldIsTheirsAndGoesWithThem) {
    const std::string mine = sessions_.allocate("a", 100), other = sessions_.allocate("b", 100);
    EXPECT_NE(mine, other);
    EXPECT_NE(address(mine), 0U);
    EXPECT_THROW(sessions_.free("b", mine), support::Error);
    EXPECT_THROW(sessions_.buffer("guess"), support::Error);
    EXPECT_THROW(sessions_.allocate("a", 0), support::Error);
    sessions_.claim("a");
    EXPECT_THROW(sessions_.claim("b"), support::Error);
    const std::string range = sessions_.open_range("a", shell::kernel_base, 16);
    EXPECT_EQ(sessions_.range(range).base, shell::kernel_base);
    EXPECT_EQ(sessions_.reap(), 0U);
    gone_ = "a";
    EXPECT_EQ(sessions_.buffer(mine).bytes, 100U); // it may come back
    EXPECT_EQ(sessions_.reap(), 1U);
    EXPECT_THROW(sessions_.buffer(mine), support::Error);
    EXPECT_THROW(sessions_.range(range), support::Error);
    EXPECT_EQ(sessions_.buffer(other).bytes, 100U);
    sessions_.claim("b");
    // What is short is taken from clients that are gone.
    std::vector<std::string> held;
    EXPECT_THROW(for (;;) held.push_back(sessions_.allocate("b", 8 << 20)), support::Error);
    gone_ = "b";
    EXPECT_EQ(sessions_.buffer(sessions_.allocate("c", 8 << 20)).bytes, 8U << 20U);
    EXPECT_THROW(sessions_.buffer(held.front()), support::Error);
}

TEST(Files, OnlyAFewPathsAndNeverTheHosts) {
    Files files;
    EXPECT_TRUE(files.exists("/proc/version"));
    EXPECT_FALSE(files.exists("/etc/passwd"));
    EXPECT_FALSE(files.read("/etc/passwd"));
    for (const char* path : {"/etc/passwd", "/lib/firmware/../../etc/passwd", "/tmp/", "/proc/version", ""})
        EXPECT_FALSE(files.may_write(path)) << path;
    ASSERT_TRUE(files.may_write("/lib/firmware/x.bin"));
    files.write("/lib/firmware/x.bin", "x");
    EXPECT_FALSE(files.exists("/lib/firmware/x.bin")); // so that clients send it each time
    EXPECT_EQ(files.read("/lib/firmware/x.bin"), "x");
    for (std::size_t k = 0; k < Files::most; ++k)
        files.write("/tmp/" + std::to_string(k), "");
    EXPECT_FALSE(files.read("/lib/firmware/x.bin")); // the oldest made room
    EXPECT_TRUE(files.read("/tmp/0"));
    EXPECT_TRUE(files.read("/proc/version"));
}

TEST(PynqOverlay, TheBitNamesItsMetadata) {
    const shell::PynqOverlay overlay = shell::pynq_overlay(kernel());
    shell::KernelInfo other = kernel();
    other.name = "other_kernel";
    EXPECT_NE(shell::pynq_overlay(other).bit, overlay.bit);
    EXPECT_EQ(overlay.payload.size() % 4, 0U);
    for (const char* part : {"rectifier_kernel_1", "hier_0/axi_dma_0", "AP_START", "input_1", "0xA0010000"})
        EXPECT_THAT(overlay.hwh, HasSubstr(part));
}

} // namespace
} // namespace gw::remote
