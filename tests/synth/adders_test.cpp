// The adders' primitives are their plain Verilog: proved by SAT for every width up to a block and more, and counted.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "datapath/builder.hpp"
#include "rtl/adder_library.hpp"
#include "rtl/emit.hpp"
#include "support/atomic_file.hpp"
#include "support/process.hpp"
#include "synth/yosys.hpp"
#include "verify/scratch.hpp"

namespace gw::test {
namespace {

/// A module `name` around one adder of the library.
std::string wrapper(const std::string& name, const std::string& core, int operands, int width, int subtracted) {
    const std::string ports = operands == 3 ? "a, b, c" : "a, b";
    const std::string connections = operands == 3 ? ".a(a), .b(b), .c(c)" : ".a(a), .b(b)";
    return fmt::format("module {0} (input wire [{1}:0] {2}, output wire [{1}:0] y);\n"
                       "    {3}_add{4} #(.WIDTH({5}), .SUBTRACTED({6})) adder ({7}, .y(y));\nendmodule\n",
                       name, width - 1, ports, core, operands, width, subtracted, connections);
}

TEST(Adders, PrimitivesAreProvedEqualToPlainVerilog) {
    const verify::Scratch scratch;
    std::string plain = rtl::adder_library("plain"), mapped = rtl::adder_library("mapped"), proofs;
    int pairs = 0;
    for (int operands = 2; operands <= 3; ++operands) {
        for (int subtracted = 0; subtracted < operands; ++subtracted) {
            for (const int width : {1, 2, 7, 8, 9, 12}) {
                const std::string id = fmt::format("{}", pairs++);
                plain += wrapper("plain_" + id, "plain", operands, width, subtracted);
                mapped += wrapper("mapped_" + id, "mapped", operands, width, subtracted);
                proofs += fmt::format("miter -equiv -flatten -make_outputs plain_{0} mapped_{0} miter_{0}\n"
                                      "sat -verify -prove trigger 0 -set-def-inputs miter_{0}\n",
                                      id);
            }
        }
    }
    support::write_file(scratch.path() / "plain.v", plain);
    support::write_file(scratch.path() / "mapped.v", mapped);
    support::write_file(scratch.path() / "prove.ys",
                        "read_verilog plain.v\nread_verilog -DGATEWRIGHT_ULTRASCALE mapped.v\n"
                        "read_verilog +/xilinx/cells_sim.v\nhierarchy\nproc\nopt\n" +
                            proofs + "log all proved\n");
    support::ProcessOptions options;
    options.directory = scratch.path();
    const auto run = support::run_process({"yosys", "-s", "prove.ys"}, options);
    EXPECT_NE(run.output.find("all proved"), std::string::npos)
        << run.output.substr(run.output.size() > 3000 ? run.output.size() - 3000 : 0);
    EXPECT_EQ(pairs, 30);
}

TEST(Adders, ThreeOperandsAreOneLutABit) {
    using namespace datapath;
    const FixedType type{8, 0, true};
    Builder builder({type, type, type});
    builder.begin_layer("sum");
    const NodeId sum = builder.sum3({Sum3::Term{builder.input(0), 0, false}, Sum3::Term{builder.input(1), 0, false},
                                     Sum3::Term{builder.input(2), 2, true}});
    builder.output(sum, fixed::smallest_type(builder.range(sum)));
    const Graph graph = builder.finish();
    const Pipeline pipeline{std::vector<std::uint32_t>(graph.nodes.size(), 0), 1};
    const auto rtl = rtl::emit(graph, pipeline, "three", 5.0, rtl::Adders::instances);
    const auto result = synth::synthesise("three", rtl.files, {});
    EXPECT_EQ(result.total.lut, 11U); // -766 to 766
    EXPECT_EQ(result.total.ff, 11U);
    EXPECT_EQ(result.total.carry, 2U);
}

} // namespace
} // namespace gw::test
