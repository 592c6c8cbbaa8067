// From the makers' public data sheets and product tables: UltraScale+ FPGAs DS890, Zynq UltraScale+ DS891, Kria K26
// DS987, 7 series Zynq DS190, Alveo product pages, ECP5 family FPGA-DS-02012. LUTs and flip-flops are those of the
// whole device: a shell takes its share of a card.
#include "estimate/device.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.hpp"

namespace gw::estimate {

namespace {

constexpr std::array<Device, 15> table{{
    {"xcvu9p", Family::ultrascale_plus, 1'182'240, 2'364'480, 6'840, 2'160, "AWS F1, VCU118"},
    {"xcvu13p", Family::ultrascale_plus, 1'728'000, 3'456'000, 12'288, 2'688, "CMS and ATLAS trigger boards"},
    {"xcvu37p", Family::ultrascale_plus, 1'303'680, 2'607'360, 9'024, 2'016, "VCU128"},
    {"xcvu47p", Family::ultrascale_plus, 1'303'680, 2'607'360, 9'024, 2'016, "AWS F2"},
    {"xcku15p", Family::ultrascale_plus, 522'720, 1'045'440, 1'968, 984, "trigger boards"},
    {"xcu50", Family::ultrascale_plus, 871'680, 1'743'360, 5'952, 1'344, "Alveo U50"},
    {"xcu55c", Family::ultrascale_plus, 1'303'680, 2'607'360, 9'024, 2'016, "Alveo U55C"},
    {"xcu200", Family::ultrascale_plus, 1'182'240, 2'364'480, 6'840, 2'160, "Alveo U200"},
    {"xcu250", Family::ultrascale_plus, 1'728'000, 3'456'000, 12'288, 2'688, "Alveo U250"},
    {"xczu7ev", Family::ultrascale_plus, 230'400, 460'800, 1'728, 312, "ZCU104"},
    {"xck26", Family::ultrascale_plus, 117'120, 234'240, 1'248, 144, "Kria K26, KV260"},
    {"xc7z020", Family::series7, 53'200, 106'400, 220, 140, "PYNQ-Z2, ZedBoard"},
    {"lfe5u-25f", Family::ecp5, 24'288, 24'288, 28, 56, "ECP5-25"},
    {"lfe5u-45f", Family::ecp5, 43'848, 43'848, 72, 108, "ECP5-45"},
    {"lfe5u-85f", Family::ecp5, 83'640, 83'640, 156, 208, "ECP5-85"},
}};

} // namespace

std::span<const Device> devices() {
    return table;
}

const Device& device_of(const std::string& part) {
    std::string name = part;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto found = std::find_if(table.begin(), table.end(), [&](const Device& device) {
        // what follows is a package or a speed grade: no digit that would make it another size
        return name.starts_with(device.name) &&
               (name.size() == device.name.size() ||
                std::isdigit(static_cast<unsigned char>(name[device.name.size()])) == 0);
    });
    if (found != table.end())
        return *found;
    std::vector<std::string_view> names;
    for (const Device& device : table)
        names.push_back(device.name);
    throw support::user_error(
        "the device '" + part + "' is not in the table", {},
        fmt::format("choose one of {}, or one of them that is no larger", fmt::join(names, ", ")));
}

} // namespace gw::estimate
