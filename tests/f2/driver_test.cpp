// A trained network's events through the folder: by our driver, and by the generated host program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <thread>

#include "bundle/build.hpp"
#include "device/f2_library.hpp"
#include "device/packing.hpp"
#include "emulate/emulator.hpp"
#include "f2/fixture.hpp"
#include "quantize/load.hpp"
#include "support/array_io.hpp"
#include "support/need.hpp"
#include "support/scratch.hpp"

namespace gw::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::size_t events = 10'000;

/// One bundle and its folder for all tests; events as values and as a card's bytes.
class F2 : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        have_verilator_ = support::program_exists("verilator");
        if (!have_verilator_)
            return;
        ::setenv("GW_F2_SLOTS", "2", 1); // NOLINT(concurrency-mt-unsafe): before the library is loaded
        scratch_ = std::make_unique<Scratch>();
        network_ =
            quantize::load_network(fs::path(GW_SOURCE_DIR) / "tests/fixtures/models/hls4ml_00.keras", {}).network;
        bundle::BuildOptions options;
        options.vectors = 10;
        options.card = bundle::SimulatedCard::sources_only;
        bundle::build(network_, bundle_path(), options);
        const shell::CardDescription card = shell::read_card(bundle_path());
        kernel_ = card.kernel;
        folder_ = scratch_->path() / shell::f2::design_name(card);
        support::write_files(folder_, shell::f2::folder_files(card, shell::f2::bundle_verilog(bundle_path())));
        shell::f2::compile_emulation(folder_);
        support::Random random(11);
        inputs_.resize(events * network_.input_size());
        for (double& value : inputs_)
            value = static_cast<double>(random.between(-1000, 1000)) / 64;
        outputs_.resize(events * network_.output_size());
        emulate::Emulator(network_).predict(inputs_, outputs_);
    }
    static void TearDownTestSuite() { scratch_.reset(); }
    void SetUp() override { GW_NEED(have_verilator_, "Verilator is not installed"); }

    static fs::path bundle_path() { return scratch_->path() / "net.gw"; }
    static device::DeviceOptions options() {
        device::DeviceOptions made;
        made.kind = device::Kind::f2;
        made.f2.library = folder_ / shell::f2::emulated_library;
        made.time_limit = std::chrono::milliseconds(500);
        made.chunk_events = 3000;
        return made;
    }
    static std::size_t mismatches(const std::vector<double>& outputs) { return tests::mismatches(outputs, outputs_); }

    static inline bool have_verilator_ = false;
    static inline std::unique_ptr<Scratch> scratch_;
    static inline network::Network network_;
    static inline shell::KernelInfo kernel_;
    static inline fs::path folder_;
    static inline std::vector<double> inputs_, outputs_;
};

TEST_F(F2, OurDriverGetsTheEmulatorsBits) {
    device::Device device = device::Device::open(bundle_path(), options());
    EXPECT_EQ(mismatches(device.predict(inputs_)), 0U);
    EXPECT_EQ(device.card().complaint(), "");
    EXPECT_EQ(device.counters().events, events);
    std::printf("%zu events: the emulator's bits, %.3f clocks an event\n", events,
                static_cast<double>(device.counters().cycles) / events);
}

TEST_F(F2, TwoSlotsWorkAtOnce) {
    std::vector<std::thread> threads;
    std::array<std::size_t, 2> different{events, events};
    for (std::uint32_t slot = 0; slot < 2; ++slot)
        threads.emplace_back([slot, &different] {
            device::DeviceOptions chosen = options();
            chosen.f2.slot = slot;
            device::Device device = device::Device::open(bundle_path(), chosen);
            different.at(slot) = mismatches(device.predict(inputs_));
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(different, (std::array<std::size_t, 2>{0, 0}));
}

TEST_F(F2, TheProgramMakesTheFolderAndRunsOnIt) {
    const std::string program = std::string(GW_BINARY_DIR) + "/gatewright";
    GW_NEED(fs::exists(program), "the program is not built");
    support::ProcessOptions here;
    here.directory = scratch_->path();
    support::run_process({program, "card", "net.gw", "--platform", "f2", "--sources-only", "-o", "f2"}, here);
    const fs::path made = scratch_->path() / "f2" / folder_.filename();
    EXPECT_EQ(support::read_file(made / "emulation/library.cpp"),
              support::read_file(folder_ / "emulation/library.cpp"));
    EXPECT_NE(fs::status(made / "make_afi.sh").permissions() & fs::perms::owner_exec, fs::perms::none);
    support::write_npy(scratch_->path() / "in.npy", {{events, network_.input_size()}, inputs_});
    support::run_process({program, "run", "net.gw", "in.npy", "-o", "out.npy", "--device", "f2", "--slot", "1",
                          "--fpga-library", (folder_ / shell::f2::emulated_library).string()},
                         here);
    EXPECT_EQ(support::read_npy(scratch_->path() / "out.npy").values, outputs_);
    here.check = false;
    const auto other = support::run_process(
        {program, "run", "net.gw", "in.npy", "-o", "out.npy", "--device", "emulator", "--slot", "1"}, here);
    EXPECT_EQ(other.exit_code, 1);
    EXPECT_THAT(other.output, HasSubstr("is for F2 instances"));
}

TEST_F(F2, AHangEndsWithTheRegistersAndTheNextBatchWorks) {
    const support::SharedLibrary library =
        support::load_library(folder_ / shell::f2::emulated_library, "the emulation", "");
    const auto disturb = support::find_function<int (*)(int, std::uint32_t, std::uint32_t, std::uint64_t)>(
        library.get(), "gw_f2_disturb");
    device::DeviceOptions once = options();
    once.replays = 0;
    device::Device device = device::Device::open(bundle_path(), once);
    for (const std::uint32_t fault : {1U, 2U}) {
        ASSERT_EQ(disturb(0, fault, 0, 1), 0);
        const std::string message = tests::message_of([&] { device.predict(inputs_); });
        EXPECT_THAT(message, HasSubstr("did not end within its time limit of 500 ms"));
        EXPECT_THAT(message, HasSubstr("events_issued"));
        EXPECT_THAT(message, HasSubstr("of the shell: status 0x1, descriptors written"));
        EXPECT_EQ(mismatches(device.predict(inputs_)), 0U);
    }
    ASSERT_EQ(disturb(0, 3, 0, 1), 0);
    EXPECT_THAT(tests::message_of([&] { device.predict(inputs_); }), HasSubstr("a failed read of its queue"));
    ASSERT_EQ(disturb(0, 4, 0, 1), 0);
    EXPECT_THAT(tests::message_of([&] { device.predict(inputs_); }), HasSubstr("a failed write of its queue"));
    ASSERT_EQ(disturb(0, 0, 0, 1), 0);
    EXPECT_EQ(mismatches(device.predict(inputs_)), 0U);
    // Buffers that are not there, while the ring's own memory is.
    const auto run = [&](std::uint64_t input, std::uint64_t output) {
        return tests::message_of([&] {
            device::run_batch(device.card(), {input, output, 8}, std::chrono::milliseconds(500));
        });
    };
    const std::uint64_t good = device.card().allocate(4096), nowhere = std::uint64_t{1} << 50U;
    EXPECT_THAT(run(nowhere, good), HasSubstr("a failed memory read"));
    EXPECT_THAT(run(good, nowhere), HasSubstr("a failed memory write"));
    EXPECT_EQ(run(good, good), "no error");
    device.card().release(good);
}

TEST_F(F2, WhatDoesNotFitIsRefused) {
    device::DeviceOptions wrong = options();
    wrong.f2.slot = 2;
    EXPECT_THAT(tests::message_of([&] { device::Device::open(bundle_path(), wrong); }), HasSubstr("does not exist"));
    wrong = options();
    wrong.f2.image = "afi-0123";
    EXPECT_THAT(tests::message_of([&] { device::Device::open(bundle_path(), wrong); }), HasSubstr("cannot be loaded"));
    wrong.f2.image = "agfi-0123";
    EXPECT_EQ(mismatches(device::Device::open(bundle_path(), wrong).predict(inputs_)), 0U);
    wrong.f2.library = "libfpga_mgmt_of_nobody.so";
    EXPECT_THAT(tests::message_of([&] { device::Device::open(bundle_path(), wrong); }), HasSubstr("cannot be loaded"));
    wrong.f2.library = "libz.so.1";
    EXPECT_THAT(tests::message_of([&] { device::Device::open(bundle_path(), wrong); }), HasSubstr("no libfpga_mgmt"));
    const support::SharedLibrary library =
        support::load_library(folder_ / shell::f2::emulated_library, "the emulation", "");
    ASSERT_EQ(support::find_function<int (*)(int)>(library.get(), "fpga_mgmt_clear_local_image")(1), 0);
    wrong = options();
    wrong.f2.slot = 1;
    EXPECT_THAT(tests::message_of([&] { device::Device::open(bundle_path(), wrong); }), HasSubstr("holds no image"));
    wrong.f2.image = "agfi-0123";
    EXPECT_EQ(mismatches(device::Device::open(bundle_path(), wrong).predict(inputs_)), 0U);
    // A bundle of other weights: the same ports, another design.
    const fs::path other = scratch_->path() / "other.gw";
    fs::copy(bundle_path(), other, fs::copy_options::recursive);
    for (const fs::directory_entry& entry : fs::directory_iterator(other / "rtl"))
        if (entry.path().extension() == ".v")
            support::write_file(entry.path(), support::read_file(entry.path()) + "// another\n");
    EXPECT_THAT(tests::message_of([&] { device::Device::open(other, options()); }), HasSubstr("another design"));
}

/// Without the emulation's functions memory comes in huge pages, or not at all; which, is this machine's business.
TEST_F(F2, MemoryForARealCardIsHugePagesOrAnErrorThatSaysWhatIsMissing) {
    const device::F2Library real{};
    std::uint64_t physical = 0;
    const std::string message = tests::message_of([&] { physical = device::PinnedMemory(real, 5000).physical(); });
    if (message == "no error") {
        EXPECT_NE(physical, 0U);
        EXPECT_EQ(physical % (std::uint64_t{2} << 20U), 0U);
    } else {
        EXPECT_THAT(message, AnyOf(HasSubstr("nr_hugepages"), HasSubstr("start the program as root")));
    }
}

TEST_F(F2, TheGeneratedHostProgramGetsTheEmulatorsBits) {
    std::vector<std::byte> bytes(events * kernel_.input.bytes), expected(events * kernel_.output.bytes);
    device::Packer(kernel_.input).pack(inputs_, bytes);
    device::Packer(kernel_.output).pack(outputs_, expected);
    support::write_file(scratch_->path() / "in.bin", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    support::ProcessOptions here;
    here.directory = folder_ / "software";
    support::run_process({"make", "EMULATED=1"}, here);
    here.directory = scratch_->path();
    here.time_limit = std::chrono::seconds(60);
    const std::string host = (folder_ / "software" / (folder_.filename().string() + "_host")).string();
    // A ring of four, 250 batches: more than sixty laps. Then one that holds everything at once.
    for (const auto& [batch, entries_log2] : {std::pair{"40", "2"}, {"3000", "3"}}) {
        const auto result = support::run_process({host, "0", "in.bin", "out.bin", batch, entries_log2}, here);
        EXPECT_EQ(support::read_file(scratch_->path() / "out.bin"),
                  std::string(reinterpret_cast<const char*>(expected.data()), expected.size()))
            << result.output;
        std::printf("%s", result.output.c_str());
    }
}

} // namespace
} // namespace gw::test
