// The stream kernel: accepted by three tools without a warning, and simulated behind an AXI DMA that makes it wait at
// random, bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "board_library.hpp"
#include "device/packing.hpp"
#include "shell/trivial_core.hpp"
#include "shell/zynq/stream_kernel.hpp"
#include "support/error.hpp"
#include "support/process.hpp"
#include "support/rng.hpp"

namespace gw::test {
namespace {

namespace fs = std::filesystem;
namespace reg = shell::stream_registers;

struct Case {
    const char* name;
    std::vector<fixed::FixedType> types;
    std::uint32_t latency, width;
    std::size_t outputs = 0; ///< only so many of the elements come out; 0: all
};

using fixed::ap_fixed;
using fixed::ap_ufixed;

void PrintTo(const Case& one, std::ostream* stream) {
    *stream << one.name;
}

/// Events of whole beats, of parts of a beat, and of any number of bytes.
const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {"one_bit", {ap_ufixed(1, 1)}, 1, 32},
        {"three_bytes", {ap_fixed(5, 2), ap_ufixed(12, 0)}, 5, 32},
        {"whole_beats", std::vector<fixed::FixedType>(4, ap_fixed(16, 6)), 2, 64},
        {"odd_bytes", {ap_fixed(5, 2), ap_ufixed(12, 0), ap_fixed(17, 9), ap_fixed(60, 32), ap_fixed(7, 7)}, 17, 64},
        {"six_bytes", std::vector<fixed::FixedType>(3, ap_fixed(13, 6)), 40, 128},
        {"many_beats", std::vector<fixed::FixedType>(67, ap_fixed(11, 6)), 3, 128},
    };
    return all;
}

/// Any types, few or many outputs, any latency: what no one thought of.
std::vector<Case> random_cases() {
    static const char* names[] = {"random_0", "random_1", "random_2", "random_3"};
    std::vector<Case> all;
    for (std::uint64_t seed = 0; seed < std::size(names); ++seed) {
        support::Random random(100 + seed);
        Case made{names[seed], {}, static_cast<std::uint32_t>(random.between(1, 30)), 0};
        made.width = 32U << static_cast<unsigned>(random.between(0, 2));
        const auto elements = random.between(1, 23);
        for (std::int64_t k = 0; k < elements; ++k) {
            const auto width = static_cast<int>(random.between(1, 60));
            made.types.push_back(random.between(0, 1) == 0 ? ap_fixed(width, 3) : ap_ufixed(width, 3));
        }
        made.outputs = static_cast<std::size_t>(random.between(1, elements));
        all.push_back(made);
    }
    return all;
}

struct Made {
    fs::path folder;
    tests::TrivialCore core;
    shell::StreamKernel kernel;
    bool compiled = false;
};

constexpr shell::BoardAddresses where{0x40400000, 0x43C00000};

/// The core with its first outputs only.
void keep_outputs(tests::TrivialCore& made, std::size_t outputs) {
    rtl::Core& core = made.core;
    const std::string whole = tests::range(0, static_cast<int>(core.output_bits));
    core.outputs.resize(outputs);
    core.output_bits = core.outputs.back().offset + static_cast<std::uint32_t>(core.outputs.back().type.width);
    const std::string kept = tests::range(0, static_cast<int>(core.output_bits)), port = "output wire " + whole + " y";
    made.verilog.replace(made.verilog.find(port), port.size(), "output wire " + kept + " y");
    const std::string last = "assign y = rank[" + std::to_string(core.latency - 1) + "]";
    made.verilog.replace(made.verilog.find(last), last.size(),
                         "wire " + whole + " all = rank[" + std::to_string(core.latency - 1) +
                             "];\n    assign y = all" + kept + ";\n    wire unused = &{1'b0, all}");
}

/// Verilog and board sources; made once.
Made& made(const Case& one) {
    static std::map<std::string, Made> all;
    const auto [entry, is_new] = all.try_emplace(one.name);
    Made& result = entry->second;
    if (is_new) {
        result.folder = fs::path(GW_BINARY_DIR) / "tests" / "zynq" / one.name;
        fs::remove_all(result.folder);
        result.core = tests::trivial_core(one.name, one.types, one.latency);
        if (one.outputs != 0)
            keep_outputs(result.core, one.outputs);
        result.kernel = shell::stream_kernel(result.core.core, one.width);
        support::write_files(result.folder / "verilog", shell::stream_verilog(result.kernel, result.core.core));
        support::write_file(result.folder / "verilog" / (std::string(one.name) + ".v"), result.core.verilog);
        support::write_files(result.folder / "simulation", shell::zynq_simulation_sources(result.kernel, where));
    }
    return result;
}

const Made& compiled(const Case& one) {
    Made& result = made(one);
    if (!result.compiled)
        shell::compile_zynq_simulation({result.folder / "verilog"}, result.folder / "simulation", result.kernel);
    result.compiled = true;
    return result;
}

struct Events {
    std::vector<std::byte> in, out;
};
Events events(const Made& made, std::size_t count, std::uint64_t seed) {
    const auto& [in, out] = std::pair(made.kernel.input, made.kernel.output);
    Events made_events{std::vector<std::byte>(count * in.bytes), std::vector<std::byte>(count * out.bytes)};
    support::Random random(seed);
    std::vector<std::int64_t> raw(in.elements.size()), next(out.elements.size());
    for (std::size_t event = 0; event < count; ++event) {
        for (std::size_t k = 0; k < raw.size(); ++k) {
            const fixed::FixedType& type = in.elements[k].type;
            raw[k] =
                random.between(static_cast<std::int64_t>(type.lowest()), static_cast<std::int64_t>(type.highest()));
            if (k < next.size())
                next[k] = made.core.expected(k, raw[k]);
        }
        device::store_raw(in, raw, std::span(made_events.in).subspan(event * in.bytes, in.bytes));
        device::store_raw(out, next, std::span(made_events.out).subspan(event * out.bytes, out.bytes));
    }
    return made_events;
}

std::vector<std::byte> part(const std::vector<std::byte>& all, std::size_t first, std::size_t count) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

class StreamKernel : public testing::TestWithParam<Case> {
  protected:
    std::vector<std::string> sources() const {
        std::vector<std::string> files;
        for (const auto& entry : fs::directory_iterator(made(GetParam()).folder / "verilog"))
            files.push_back(entry.path().string());
        return files;
    }
    static std::string output_of(std::vector<std::string> command, const std::vector<std::string>& files) {
        command.insert(command.end(), files.begin(), files.end());
        return support::run_process(command).output;
    }
};

TEST_P(StreamKernel, ThreeToolsAcceptItWithoutAWarning) {
    const std::string top = made(GetParam()).kernel.name;
    EXPECT_EQ(
        output_of({"verilator", "--lint-only", "-Wall", "--language", "1364-2001", "--top-module", top}, sources()),
        "");
    EXPECT_EQ(output_of({"iverilog", "-g2001", "-Wall", "-t", "null", "-s", top}, sources()), "");
    std::string script = "read_verilog";
    for (const std::string& file : sources())
        script += " " + file;
    script += "; hierarchy -check -top " + top + "; proc; opt; check -assert; select -assert-none t:$dlatch";
    EXPECT_NO_THROW(support::run_process({"yosys", "-q", "-p", script}));
}

/// Ten thousand events in packets of all sizes; either side is busy in no clock, or in half of them at random.
TEST_P(StreamKernel, PacketsOfEventsUnderRandomBackPressure) {
    const Made& made = compiled(GetParam());
    constexpr std::size_t count = 10'000;
    const Events all = events(made, count, 7);
    const std::size_t in = made.kernel.input.bytes, out = made.kernel.output.bytes;
    for (const std::uint32_t stall : {0U, 50U}) {
        BoardLibrary board(made.folder / "simulation" / shell::zynq_library, where, 3 + stall, stall);
        board.start_dma();
        std::size_t wrong = 0, packets = 0;
        for (std::size_t first = 0; first < count; ++packets) {
            const std::size_t size = std::min<std::size_t>(count - first, 1 + first % 7 + first / 4);
            const auto got = board.packet(part(all.in, first * in, size * in), static_cast<std::uint32_t>(size * out));
            if (got != part(all.out, first * out, size * out))
                ++wrong;
            first += size;
        }
        EXPECT_EQ(wrong, 0U) << "of " << packets << " packets, stall " << stall;
        EXPECT_EQ(board.complaint(), "");
        EXPECT_EQ(board.kernel(reg::errors), 0U);
        EXPECT_EQ(board.kernel(reg::status), 1U);
        EXPECT_EQ(board.kernel(reg::events_in), count);
        EXPECT_EQ(board.kernel(reg::events_out), count);
        EXPECT_EQ(board.kernel(reg::packets_in), packets);
        EXPECT_EQ(board.kernel(reg::packets_out), packets);
        EXPECT_EQ(board.kernel(reg::identity), shell::stream_identity);
    }
}

/// The shell asks for a beat or feeds the core in every clock, whichever is the limit.
TEST_P(StreamKernel, NoClockIsLostWithinAPacket) {
    const Made& made = compiled(GetParam());
    constexpr std::size_t count = 5'000;
    const Events all = events(made, count, 8);
    BoardLibrary board(made.folder / "simulation" / shell::zynq_library, where, 1, 0);
    board.start_dma();
    EXPECT_EQ(board.packet(all.in, static_cast<std::uint32_t>(all.out.size())), all.out);
    const std::size_t beat = made.kernel.beat_bytes(), beats = (all.in.size() + beat - 1) / beat;
    const std::size_t beats_out = (all.out.size() + beat - 1) / beat, limit = std::max({beats, count, beats_out});
    EXPECT_EQ(board.kernel(reg::beats_in), beats);
    EXPECT_LE(board.kernel(reg::cycles), limit + made.kernel.core_latency + made.kernel.output.bytes / beat + 12);
    EXPECT_EQ(board.kernel(reg::beats_out), beats_out);
    if (beats == limit) {
        EXPECT_EQ(board.kernel(reg::stalls_in), 0U);
    }
    EXPECT_EQ(board.kernel(reg::stalls_out), 0U);
    std::printf("%s: %zu events, %zu beats of %zu bytes, %u clocks\n", GetParam().name, count, beats, beat,
                board.kernel(reg::cycles));
}

/// A packet that is not whole events is reported, its whole events come out as a packet, and the next packet is right.
TEST_P(StreamKernel, ABrokenPacketIsReportedAndEnds) {
    const Made& made = compiled(GetParam());
    const std::size_t in = made.kernel.input.bytes, out = made.kernel.output.bytes;
    const Events all = events(made, 40, 9);
    BoardLibrary board(made.folder / "simulation" / shell::zynq_library, where, 5, 20);
    board.start_dma();
    std::uint32_t packets = 0;
    for (std::size_t whole = 1; in > 1 && whole < 20; ++whole)
        for (const std::size_t rest : {std::size_t{1}, in / 2, in - 1}) {
            const auto got =
                board.packet(part(all.in, 0, whole * in + rest), static_cast<std::uint32_t>(all.out.size()));
            ASSERT_EQ(got, part(all.out, 0, whole * out)) << whole << " events and " << rest << " bytes";
            ASSERT_EQ(board.kernel(reg::errors), shell::stream_errors::ragged);
            board.kernel_write(reg::errors, shell::stream_errors::ragged);
            ASSERT_EQ(board.kernel(reg::errors), 0U);
            ASSERT_EQ(board.packet(part(all.in, in, 20 * in), static_cast<std::uint32_t>(all.out.size())),
                      part(all.out, out, 20 * out));
            packets += 2;
        }
    EXPECT_EQ(board.kernel(reg::packets_out), packets);
    if (in > 1) { // less than an event: nothing comes out, until the next packet
        EXPECT_TRUE(board.packet(part(all.in, 0, in - 1), 64, 3).empty());
        EXPECT_EQ(board.kernel(reg::errors), shell::stream_errors::ragged | shell::stream_errors::empty);
        board.kernel_write(reg::control, 1);
        EXPECT_EQ(board.kernel(reg::errors), 0U);
        EXPECT_EQ(board.kernel(reg::packets_in), 0U);
        board.start_dma();
    }
    EXPECT_EQ(board.packet(all.in, static_cast<std::uint32_t>(all.out.size())), all.out);
    EXPECT_EQ(board.complaint(), "");
}

/// A transfer that was given up half way leaves nothing behind once the kernel has been cleared.
TEST_P(StreamKernel, ClearingDropsWhatIsUnderWay) {
    const Made& made = compiled(GetParam());
    const Events all = events(made, 200, 10);
    BoardLibrary board(made.folder / "simulation" / shell::zynq_library, where, 6, 50);
    board.start_dma();
    constexpr std::uint32_t results_hang = 1;
    board.set_fault(results_hang);
    EXPECT_TRUE(board.packet(all.in, static_cast<std::uint32_t>(all.out.size()), 3).empty());
    EXPECT_EQ(board.kernel(reg::status) & 1U, 0U);
    board.set_fault(0);
    board.start_dma(); // the DMA's own reset
    board.kernel_write(reg::control, 1);
    EXPECT_EQ(board.kernel(reg::status), 1U);
    EXPECT_EQ(board.packet(all.in, static_cast<std::uint32_t>(all.out.size())), all.out);
    EXPECT_EQ(board.kernel(reg::events_out), 200U);
}

INSTANTIATE_TEST_SUITE_P(Layouts, StreamKernel, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Random, StreamKernel, testing::ValuesIn(random_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(StreamKernelOptions, OnlyWidthsThatTheDmaHas) {
    const auto core = tests::trivial_core("core", {ap_fixed(5, 2)}, 1).core;
    EXPECT_THROW(shell::stream_kernel(core, 16), support::Error);
    EXPECT_THROW(shell::stream_kernel(core, 96), support::Error);
    EXPECT_EQ(shell::stream_kernel(core, 128).beat_bytes(), 16U);
}

TEST(StreamLayout, HasNoPadding) {
    const auto core = tests::trivial_core("core", {ap_fixed(9, 2), ap_fixed(3, 1), ap_fixed(17, 1)}, 1).core;
    const shell::EventLayout layout = shell::stream_layout(core.inputs);
    EXPECT_EQ(layout.bytes, 6U);
    EXPECT_EQ(layout.elements[2].byte, 3U);
}

} // namespace
} // namespace gw::test
