// The test bench of an AXI interface packs and unpacks bit by bit, so that it shares nothing with what it tests.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/interface.hpp"
#include "hls/project_files.hpp"

namespace gw::hls {
namespace {

constexpr const char* head = R"(#include <fstream>
#include <iostream>
#include <vector>

#include "firmware/{0}.h"

// Bits of a raw integer in a word or event.
struct Field {{
    int bit, bits;
    bool is_signed;
}};

template <class WORD> static void put(WORD&& bit_at, const Field& field, long long raw) {{
    for (int k = 0; k < field.bits; k++)
        bit_at(field.bit + k, (raw >> (k < 63 ? k : 63)) & 1);
}}
template <class WORD> static long long take(WORD&& bit_at, const Field& field) {{
    unsigned long long raw = 0;
    for (int k = 0; k < field.bits; k++)
        raw |= (unsigned long long)(bit_at(field.bit + k)) << k;
    if (field.is_signed && field.bits < 64 && field.bits > 0 && (raw >> (field.bits - 1) & 1))
        raw |= ~0ULL << field.bits;
    return (long long)raw;
}}

{1}
static std::ifstream vectors, expected;
static std::ofstream results;
static long long mismatches = 0, shown = 0;

static void check(long long event, int place, long long got, bool& same) {{
    long long wanted = 0;
    if (!(expected >> wanted)) {{
        std::cerr << "expected outputs end at event " << event << "\n";
        exit(2);
    }}
    if (results.is_open())
        results << got << " ";
    if (got != wanted && shown++ < 5)
        std::cout << "event " << event << ", output " << place << ": " << got << ", expected " << wanted << "\n";
    same = same && got == wanted;
}}
static void end_event(bool same) {{
    if (results.is_open())
        results << "\n";
    mismatches += same ? 0 : 1;
}}

)";

std::string table(const std::string& name, const std::vector<Place>& places) {
    constexpr std::size_t per_line = 8;
    std::string fields;
    for (std::size_t k = 0; k < places.size(); ++k)
        fields += fmt::format("{}{{{}, {}, {}}},", k % per_line == 0 ? "\n    " : " ", places[k].bit, places[k].bits,
                              places[k].type.is_signed);
    return fmt::format("static const Field {}[{}] = {{{}\n}};\n", name, places.size(), fields);
}

std::string axis_main(const Top& top) {
    std::string declare, reads, checks;
    for (const Port& port : top.inputs) {
        reads += fmt::format(R"(        for (int b = 0; b < {0}; b++) {{
            gw::Word<{1}> word;
            word.data = 0;
            word.keep = -1;
            word.strb = -1;
            word.last = b == {0} - 1;
            for (const Field& field : {2}_fields) {{
                if (!(vectors >> raw))
                    return ended(event, any);
                any = true;
                put([&](int bit, int value) {{ word.data[bit] = value; }}, field, raw);
            }}
            {2}.write(word);
        }}
)",
                             port.beats, word_of(port).bits, port.name);
    }
    for (const Port& port : top.outputs)
        checks += fmt::format(R"(        for (int b = 0; b < {0}; b++) {{
            const gw::Word<{1}> word = {2}.read();
            if (word.last != (b == {0} - 1)) {{
                std::cerr << "TLAST of event " << event << " stands in the wrong place\n";
                return 2;
            }}
            for (const Field& field : {2}_fields)
                check(event, place++, take([&](int bit) {{ return int(word.data[bit]); }}, field), same);
        }}
)",
                              port.beats, word_of(port).bits, port.name);
    for (const auto* side : {&top.inputs, &top.outputs})
        for (const Port& port : *side)
            declare += fmt::format("    hls::stream<gw::Word<{0}> > {1}(\"{1}\");\n", word_of(port).bits, port.name);
    return fmt::format(R"({0}    for (long long event = 0;; event++) {{
        bool any = false, same = true;
        long long raw = 0;
        int place = 0;
{1}        {2}_axis({3});
{4}        end_event(same);
    }}
)",
                       declare, reads, top.name, names(top), checks);
}

/// Statements for each field of each beat of a port.
std::string memory_fields(const Port& port, const MemoryPort& memory, const std::string& statements) {
    return fmt::format(
        "            for (int b = 0; b < {}; b++)\n                for (const Field& field : {}_fields) {{\n"
        "                    const long long at = 8 * ({} + {}LL * b);\n{}                }}\n",
        port.beats, port.name, memory.first, memory.beat_bytes, indented(statements, 20));
}

std::string memory_main(const Top& top) {
    const MemoryLayout in = memory_of(top.inputs), out = memory_of(top.outputs);
    const std::uint64_t batch = events_of_a_batch(in, out);
    std::string puts, checks;
    for (std::size_t k = 0; k < top.inputs.size(); ++k)
        puts += memory_fields(top.inputs[k], in.ports[k], R"(if (left || !(vectors >> raw)) {
    left = true;
    continue;
}
any = true;
put([&](int bit, int value) { bit_of(given, event * IN_BITS + at + bit) = value; }, field, raw);
)");
    for (std::size_t k = 0; k < top.outputs.size(); ++k)
        checks += memory_fields(
            top.outputs[k], out.ports[k],
            "check(events + e, place++, take([&](int bit) { return int(bit_of(made, e * OUT_BITS + at + bit)); }, "
            "field), same);\n");
    const std::string text =
        fmt::format(R"(    const int batch = {0}; // events at a time; the ports' depth in cosimulation
    const long long IN_BITS = {1} * 8, OUT_BITS = {2} * 8;
    std::vector<ap_uint<512> > given({3}), made({4});
    const auto bit_of = [](std::vector<ap_uint<512> >& memory, long long bit) {{
        return memory[bit / 512][bit % 512];
    }};
    long long events = 0, raw = 0;
    bool left = false; // no vector is
    while (!left) {{
        long long event = 0;
        bool any = false;
        for (std::size_t w = 0; w < given.size(); w++)
            given[w] = 0;
        for (; event < batch && !left; event += !left) {{
            any = false;
{5}        }}
        if (left && any)
            return ended(events + event, true);
        if (event > 0)
            {6}_kernel(given.data(), made.data(), unsigned(event));
        for (long long e = 0; e < event; e++) {{
            bool same = true;
            int place = 0;
{7}            end_event(same);
        }}
        events += event;
    }}
    return ended(events, false);
)",
                    batch, in.bytes, out.bytes, words_of(in, batch), words_of(out, batch), puts, top.name, checks);
    return text;
}

} // namespace

std::string interface_bench(const Top& top, Interface interface) {
    std::string tables;
    for (const auto* side : {&top.inputs, &top.outputs}) {
        const MemoryLayout memory = memory_of(*side);
        for (std::size_t k = 0; k < side->size(); ++k) {
            const Port& port = (*side)[k];
            tables += table(port.name + "_fields",
                            interface == Interface::m_axi ? memory.ports[k].places : word_of(port).places);
        }
    }
    return fmt::format(
               "// Runs the events of tb_data/inputs.txt (or of the first argument) through {0} and compares with\n"
               "// tb_data/outputs.txt (the second). A line holds an event's raw integers, each at its element's own\n"
               "// binary point. With a third argument the results are written there.\n",
               interface_top(top, interface)) +
           fmt::format(head, interface_top(top, interface), tables) +
           fmt::format(R"(static int ended(long long events, bool within) {{
    if (within) {{
        std::cerr << "event " << events << " is cut short\n";
        return 2;
    }}
    std::cout << mismatches << " mismatches in " << events << " vectors\n";
    return events > 0 && mismatches == 0 ? 0 : 1;
}}

int main(int argc, char** argv) {{
    vectors.open(argc > 1 ? argv[1] : "tb_data/inputs.txt");
    expected.open(argc > 2 ? argv[2] : "tb_data/outputs.txt");
    if (argc > 3)
        results.open(argv[3]);
    if (!vectors || !expected || (argc > 3 && !results)) {{
        std::cerr << "cannot open the vectors\n";
        return 2;
    }}
{}}}
)",
                       interface == Interface::m_axi ? memory_main(top) : axis_main(top));
}

} // namespace gw::hls
