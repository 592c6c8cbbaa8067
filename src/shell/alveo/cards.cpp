#include "shell/alveo/project.hpp"
#include "shell/named.hpp"

namespace gw::shell {

const std::vector<AlveoCard>& alveo_cards() {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20, gib = std::uint64_t{1} << 30;
    static const std::vector<AlveoCard> cards{
        {"u50", "xilinx_u50_gen3x16_xdma_5_202210_1", "xcu50-fsvh2104-2-e", 32, 256 * mib, {}, 0, 2},
        {"u55c", "xilinx_u55c_gen3x16_xdma_3_202210_1", "xcu55c-fsvh2892-2L-e", 32, 512 * mib, {}, 0, 3},
        {"u200", "xilinx_u200_gen3x16_xdma_2_202110_1", "xcu200-fsgd2104-2-e", 0, 0, {0, 1, 1, 2}, 16 * gib, 3},
        {"u250", "xilinx_u250_gen3x16_xdma_4_1_202210_1", "xcu250-figd2104-2L-e", 0, 0, {0, 1, 2, 3}, 16 * gib, 4},
        {"u280", "xilinx_u280_gen3x16_xdma_1_202211_1", "xcu280-fsvh2892-2L-e", 32, 256 * mib, {0, 1}, 16 * gib, 3},
    };
    return cards;
}

const AlveoCard& alveo_card(const std::string& name) {
    return named(alveo_cards(), name, "Alveo card");
}

} // namespace gw::shell
