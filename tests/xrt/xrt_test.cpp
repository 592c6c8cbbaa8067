// The simulated card behind Debian's own XRT: programs that know nothing of us, and our driver, give the emulator's
// bits.
#include <array>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "bundle/build.hpp"
#include "device/device.hpp"
#include "device/packing.hpp"
#include "emulate/emulator.hpp"
#include "quantize/load.hpp"
#include "shell/xrt_folder.hpp"
#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/need.hpp"
#include "support/process.hpp"
#include "support/rng.hpp"
#include "support/scratch.hpp"

namespace gw::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t events = 10'000;

/// One bundle and its folder for all tests; events as values and as a card's bytes.
class Xrt : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        have_xrt_ = fs::exists("/usr/include/xrt/xrt/xrt_device.h") && support::program_exists("unzip") &&
                    support::program_exists("verilator");
        if (!have_xrt_)
            return;
        scratch_ = std::make_unique<Scratch>();
        const fs::path model = fs::path(GW_SOURCE_DIR) / "tests/fixtures/models/hls4ml_00.keras";
        network_ = quantize::load_network(model, {}).network;
        bundle::BuildOptions options;
        options.vectors = 10;
        bundle::build(network_, bundle_path(), options);
        kernel_ = shell::read_card(bundle_path()).kernel;
        fs::create_directories(folder());
        shell::write_xrt_folder(bundle_path(), kernel_, folder(),
                                {2, 2, 2, std::uint64_t{256} << 20, shell::BankKind::hbm});
        make_events();
        for (const char* host : {"native", "opencl", "units", "queue"})
            compile(host);
    }
    static void TearDownTestSuite() { scratch_.reset(); }
    void SetUp() override { GW_NEED(have_xrt_, "XRT's headers, unzip or Verilator are not installed"); }

    static fs::path path(const std::string& name) { return fs::path(scratch_->path()) / name; }
    static fs::path bundle_path() { return path("net.gw"); }
    static fs::path folder() { return path("xrt"); }
    static std::string xclbin() { return (folder() / (kernel_.name + ".xclbin")).string(); }

    static void make_events() {
        support::Random random(11);
        inputs_.resize(events * network_.input_size());
        for (double& value : inputs_)
            value = static_cast<double>(random.between(-1000, 1000)) / 64;
        outputs_.resize(events * network_.output_size());
        emulate::Emulator(network_).predict(inputs_, outputs_);
        std::vector<std::byte> bytes(events * kernel_.input.bytes), expected(events * kernel_.output.bytes);
        device::Packer(kernel_.input).pack(inputs_, bytes);
        device::Packer(kernel_.output).pack(outputs_, expected);
        expected_.assign(reinterpret_cast<const char*>(expected.data()), expected.size());
        support::write_file(path("in.bin"), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        support::write_file(path("expected.bin"), expected_);
    }

    static void compile(const std::string& host) {
        const std::string source = std::string(GW_SOURCE_DIR) + "/tests/xrt/hosts/" + host + ".cpp";
        support::run_process({"g++", "-std=c++17", "-w", "-isystem", "/usr/include/xrt", source, "-o", path(host),
                              "-lxrt_coreutil", "-luuid", "-lOpenCL", "-pthread"},
                             {});
    }

    /// In a shell that has read setup.sh, as a user would start it; in a session of its own, since XRT's shim signals
    /// its whole process group where it ends badly.
    static support::ProcessResult run(const std::string& command, const fs::path& setup = folder()) {
        support::ProcessOptions options;
        options.directory = path("");
        options.time_limit = std::chrono::seconds(120);
        options.check = false;
        return support::run_process(
            {"setsid", "-w", "bash", "-c",
             fmt::format(". '{}/setup.sh' && ASAN_OPTIONS=detect_leaks=0 exec {}", setup.string(), command)},
            options);
    }
    static std::string arguments(const std::string& output) {
        return fmt::format("'{}' {} in.bin {} {} {}", xclbin(), kernel_.name, output, kernel_.input.bytes,
                           kernel_.output.bytes);
    }
    static void expect_outputs(const std::string& command, const std::string& output) {
        const auto result = run(command + " " + arguments(output));
        ASSERT_EQ(result.exit_code, 0) << result.output;
        EXPECT_EQ(support::read_file(path(output)), expected_) << result.output;
        std::printf("%zu events by %s: the emulator's bits, %.2f s\n", events, command.c_str(), result.seconds);
    }

    static inline bool have_xrt_ = false;
    static inline std::unique_ptr<Scratch> scratch_;
    static inline network::Network network_;
    static inline shell::KernelInfo kernel_;
    static inline std::vector<double> inputs_, outputs_;
    static inline std::string expected_;
};

TEST_F(Xrt, ANativeProgramGetsTheEmulatorsBits) {
    expect_outputs("./native", "native.bin");
}

TEST_F(Xrt, AQueueOfRunsOnAKernelOfChainedBatchesGetsThem) {
    bundle::BuildOptions options;
    options.vectors = 10;
    options.shell.control = shell::Control::ap_ctrl_chain;
    bundle::build(network_, path("chain.gw"), options);
    fs::create_directories(path("chain"));
    shell::write_xrt_folder(path("chain.gw"), shell::read_card(path("chain.gw")).kernel, path("chain"));
    const auto result =
        run(fmt::format("./queue '{}' {} in.bin queue.bin {} {}", (path("chain") / (kernel_.name + ".xclbin")).string(),
                        kernel_.name, kernel_.input.bytes, kernel_.output.bytes),
            path("chain"));
    ASSERT_EQ(result.exit_code, 0) << result.output;
    EXPECT_NE(result.output.find("dataflow(1)"), std::string::npos) << "XRT took it for ap_ctrl_hs";
    EXPECT_EQ(support::read_file(path("queue.bin")), expected_) << result.output;
}

TEST_F(Xrt, AnOpenClProgramGetsTheEmulatorsBits) {
    expect_outputs("./opencl", "opencl.bin");
}

TEST_F(Xrt, PynqGetsTheEmulatorsBits) {
    const char* python = std::getenv("GW_PYNQ");
    GW_NEED(python != nullptr && fs::exists(python), "GW_PYNQ names no Python that has PYNQ 3.0.1");
    expect_outputs(std::string(python) + " '" + GW_SOURCE_DIR + "/tests/xrt/hosts/notebook.py'", "pynq.bin");
}

TEST_F(Xrt, SeveralCardsAndComputeUnitsAtOnce) {
    const auto result = run("./units " + arguments("expected.bin"));
    EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST_F(Xrt, OurDriverGetsTheEmulatorsBitsInEveryWayAndFromAllUnitsAtOnce) {
    const std::string program = std::string(GW_BINARY_DIR) + "/gatewright";
    GW_NEED(fs::exists(program), "the program is not built");
    support::write_npy(path("in.npy"), {{events, network_.input_size()}, inputs_});
    const std::string all = fmt::format("0:{0}_1 0:{0}_2 1:{0}_1 1:{0}_2", kernel_.name);
    for (const std::string way : {"shared", "exclusive", "registers"})
        for (const std::string& units : {kernel_.name + "_1", all}) {
            const auto result =
                run(fmt::format("'{}' run net.gw in.npy -o out.npy --device xrt --xclbin '{}' --access {} "
                                "--compute-unit {} --json",
                                program, xclbin(), way, units));
            ASSERT_EQ(result.exit_code, 0) << result.output;
            EXPECT_EQ(support::read_npy(path("out.npy")).values, outputs_);
            const bool counted = result.output.find("cycles_per_event") != std::string::npos;
            EXPECT_EQ(counted, way != "shared") << result.output;
        }
}

TEST_F(Xrt, TwoProgramsAtOnceGetTheEmulatorsBits) {
    const std::string program = std::string(GW_BINARY_DIR) + "/gatewright";
    GW_NEED(fs::exists(program), "the program is not built");
    support::write_npy(path("in.npy"), {{events, network_.input_size()}, inputs_});
    std::array<int, 2> codes{};
    {
        std::vector<std::jthread> programs;
        for (std::size_t k = 0; k < codes.size(); ++k)
            programs.emplace_back([&, k] {
                codes[k] =
                    run(fmt::format("'{}' run net.gw in.npy -o out{}.npy --device xrt --xclbin '{}' --access shared",
                                    program, k, xclbin()))
                        .exit_code;
            });
    }
    for (std::size_t k = 0; k < codes.size(); ++k) {
        EXPECT_EQ(codes[k], 0);
        EXPECT_EQ(support::read_npy(path(fmt::format("out{}.npy", k))).values, outputs_);
    }
}

TEST_F(Xrt, OurDriverGetsTheEmulatorsBitsFromEachComputeUnit) {
    const std::string program = std::string(GW_BINARY_DIR) + "/gatewright";
    GW_NEED(fs::exists(program), "the program is not built");
    support::Array rows{{events, network_.input_size()}, inputs_};
    support::write_npy(path("in.npy"), rows);
    for (const std::string unit : {"1", "2"}) {
        const auto result = run(
            fmt::format("'{}' run net.gw in.npy -o out.npy --device xrt --xclbin '{}' --card {} --compute-unit {}_{}",
                        program, xclbin(), unit == "1" ? 0 : 1, kernel_.name, unit));
        ASSERT_EQ(result.exit_code, 0) << result.output;
        EXPECT_EQ(support::read_npy(path("out.npy")).values, outputs_);
    }
    const auto none_free = run(
        fmt::format("'{}' run net.gw in.npy -o out.npy --device xrt --xclbin '{}' --access nobody", program, xclbin()));
    EXPECT_NE(none_free.output.find("exclusive, shared and registers"), std::string::npos) << none_free.output;
    const auto none = run(fmt::format(
        "'{}' run net.gw in.npy -o out.npy --device xrt --xclbin '{}' --compute-unit other", program, xclbin()));
    EXPECT_EQ(none.exit_code, 1);
    EXPECT_NE(none.output.find("no free compute unit"), std::string::npos) << none.output;
}

} // namespace
} // namespace gw::test
