// The project's test bench: raw integers in, raw integers out, compared.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/ap_type.hpp"
#include "hls/project_files.hpp"

namespace gw::hls {
namespace {

/// Raw integer << shift = the bits of the array's element, for each value of a beat.
std::string shifts(const Port& port, const std::string& symbol) {
    const std::int32_t fraction = container(port.types).fraction;
    constexpr std::size_t per_line = 16;
    std::string values;
    for (std::size_t k = 0; k < port.types.size(); ++k)
        values += fmt::format("{}{},", k % per_line == 0 ? "\n    " : " ", fraction - port.types[k].fraction);
    return fmt::format("static const int {}[{}] = {{{}\n}};\n", symbol, port.types.size(), values);
}

/// Each value of the port's frame: `inner` with `at` (the place in a beat) and `v` (the array).
std::string read_port(const Port& port, bool stream, const std::string& symbol) {
    const std::string array = stream ? "beat.data" : port.name;
    const std::string fill =
        fmt::format("            for (int k = 0; k < {0}; k++) {{\n                if (!(vectors >> raw))\n"
                    "                    return ended(events, any);\n                any = true;\n"
                    "                set({1}[k], raw, {2}[k]);\n            }}\n",
                    port.types.size(), array, symbol);
    if (!stream)
        return fmt::format("        {0} {1}[{2}];\n        {{\n{3}        }}\n", port.type, port.name,
                           port.types.size(), fill);
    return fmt::format("        for (int b = 0; b < {0}; b++) {{\n            {1} beat;\n{2}            "
                       "gw::write_beat({3}, beat);\n        }}\n",
                       port.beats, port.type, fill, port.name);
}

std::string check_port(const Port& port, bool stream, const std::string& symbol) {
    const std::string array = stream ? "beat.data" : port.name;
    const bool is_signed = container(port.types).low < 0;
    const std::string check = fmt::format("            for (int k = 0; k < {}; k++)\n"
                                          "                check.value(get<{}>({}[k], {}[k]));\n",
                                          port.types.size(), is_signed, array, symbol);
    if (!stream)
        return "        {\n" + check + "        }\n";
    return fmt::format("        for (int b = 0; b < {0}; b++) {{\n            const {1} beat = "
                       "gw::read_beat<{1}>({2});\n{3}        }}\n",
                       port.beats, port.type, port.name, check);
}

constexpr const char* head = R"(#include <fstream>
#include <iostream>
#include <string>

#include "firmware/{0}.h"

// The bits of an element from a raw integer at the element's own binary point, and back.
template <class T> static void set(T& element, long long raw, int shift) {{
    element.range(T::width - 1, 0) = ap_int<T::width + 1>(ap_int<T::width + 1>(raw) << shift);
}}
template <bool SIGNED, class T> static long long get(const T& element, int shift) {{
    ap_int<T::width + 1> bits = ap_uint<T::width>(element.range(T::width - 1, 0));
    if (SIGNED && bits[T::width - 1])
        bits[T::width] = 1;
    return ap_int<T::width + 1>(bits >> shift).to_int64();
}}

{1}
// Compares an event's values with the expected ones, and writes them down where asked to.
struct Check {{
    std::ifstream expected;
    std::ofstream results;
    long long event = 0, mismatches = 0;
    int place = 0, shown = 0;
    bool same = true, cut_short = false;

    void value(long long got) {{
        long long wanted = 0;
        cut_short = cut_short || !(expected >> wanted);
        if (results.is_open())
            results << (place == 0 ? "" : " ") << got;
        if (got != wanted && shown < 5) {{
            std::cout << "event " << event << ", output " << place << ": " << got << ", expected " << wanted << "\n";
            shown++;
        }}
        same = same && got == wanted;
        place++;
    }}
    void end_event() {{
        if (results.is_open())
            results << "\n";
        mismatches += same ? 0 : 1;
        event++;
        place = 0;
        same = true;
    }}
}};

static Check check;

static int ended(long long events, bool within) {{
    if (within) {{
        std::cerr << "event " << events << " is cut short\n";
        return 2;
    }}
    std::cout << check.mismatches << " mismatches in " << events << " vectors\n";
    return events > 0 && check.mismatches == 0 ? 0 : 1;
}}

)";

} // namespace

std::string test_bench(const Top& top) {
    const bool stream = top.io == IoType::stream;
    std::string tables, reads, checks;
    const auto symbol = [](const char* side, std::size_t k) { return fmt::format("{}_shift_{}", side, k); };
    for (std::size_t k = 0; k < top.inputs.size(); ++k) {
        tables += shifts(top.inputs[k], symbol("input", k));
        reads += read_port(top.inputs[k], stream, symbol("input", k));
    }
    for (std::size_t k = 0; k < top.outputs.size(); ++k) {
        const Port& port = top.outputs[k];
        tables += shifts(port, symbol("output", k));
        if (!stream)
            reads += fmt::format("        {} {}[{}];\n", port.type, port.name, port.types.size());
        checks += check_port(port, stream, symbol("output", k));
    }
    return fmt::format(
               "// Runs the events of tb_data/inputs.txt (or of the first argument) through {0} and compares with\n"
               "// tb_data/outputs.txt (the second). A line holds an event's raw integers, each at its element's own\n"
               "// binary point. With a third argument the results are written there.\n",
               top.name) +
           fmt::format(head, top.name, tables) +
           fmt::format(R"(int main(int argc, char** argv) {{
    std::ifstream vectors(argc > 1 ? argv[1] : "tb_data/inputs.txt");
    check.expected.open(argc > 2 ? argv[2] : "tb_data/outputs.txt");
    if (argc > 3)
        check.results.open(argv[3]);
    if (!vectors || !check.expected || (argc > 3 && !check.results)) {{
        std::cerr << "cannot open the vectors\n";
        return 2;
    }}
{0}    for (long long events = 0;; events++) {{
        bool any = false;
        long long raw = 0;
{1}        {2}({3});
{4}        check.end_event();
        if (check.cut_short) {{
            std::cerr << "expected outputs end at event " << events << "\n";
            return 2;
        }}
    }}
}}
)",
                       stream ? local_streams(top) : "", reads, top.name, names(top), checks);
}

} // namespace gw::hls
