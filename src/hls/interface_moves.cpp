#include "hls/interface_moves.hpp"

#include <fmt/format.h>

#include "hls/ap_type.hpp"

namespace gw::hls {
namespace {

/// Elements in a row that have one type.
struct Run {
    Place first;
    std::size_t count = 0;
};

std::vector<Run> runs_of(const std::vector<Place>& places) {
    std::vector<Run> runs;
    for (const Place& place : places) {
        if (place.bits == 0)
            continue;
        if (!runs.empty() && runs.back().first.type == place.type &&
            runs.back().first.element + runs.back().count == place.element)
            ++runs.back().count;
        else
            runs.push_back({place, 1});
    }
    return runs;
}

} // namespace

std::string moves(const Port& port, const std::vector<Place>& places, const std::string& array,
                  const std::string& holder, bool by_bytes, Way way) {
    std::string text;
    const std::int32_t fraction = container(port.types).fraction;
    for (const Run& run : runs_of(places)) {
        const Place& first = run.first;
        const std::string element =
            fmt::format("{}[{}i]", array, first.element == 0 ? "" : fmt::format("{} + ", first.element));
        const std::string what = fmt::format("<{}, {}>", first.type.is_signed, first.bits);
        const int shift = fraction - first.type.fraction;
        text += fmt::format("for (int i = 0; i < {}; i++) {{\n#pragma HLS UNROLL\n", run.count);
        if (by_bytes) {
            const std::string at = fmt::format("{} + {} * i", first.bit / 8, first.bits / 8);
            text += way == Way::in ? fmt::format("    gw::set_bits{}({}, gw::bytes_of<{}>({}, {}), {});\n", what,
                                                 element, first.bits / 8, holder, at, shift)
                                   : fmt::format("    gw::set_bytes<{}>({}, {}, gw::get_bits{}({}, {}));\n",
                                                 first.bits / 8, holder, at, what, element, shift);
        } else {
            const std::string range = fmt::format("{}.range({} + {} * i, {} + {} * i)", holder,
                                                  first.bit + first.bits - 1, first.bits, first.bit, first.bits);
            text += way == Way::in ? fmt::format("    gw::set_bits{}({}, ap_uint<{}>({}), {});\n", what, element,
                                                 first.bits, range, shift)
                                   : fmt::format("    {} = gw::get_bits{}({}, {});\n", range, what, element, shift);
        }
        text += "}\n";
    }
    return text;
}

std::string zeroed(const Port& port, const std::string& array) {
    std::string text;
    for (std::size_t k = 0; k < port.types.size(); ++k)
        if (port.types[k].width == 0)
            text += fmt::format("{}[{}] = 0;\n", array, k);
    return text;
}

} // namespace gw::hls
