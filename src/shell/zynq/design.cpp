#include "shell/zynq/design.hpp"

#include <algorithm>
#include <cmath>

#include "shell/named.hpp"

namespace gw::shell {

const std::vector<ZynqBoard>& zynq_boards() {
    using enum Processor;
    static const std::vector<ZynqBoard> boards{
        {"pynq-z2", "xc7z020clg400-1", "tul.com.tw:pynq-z2:part0:*", zynq7000, 64, 100},
        {"zcu104", "xczu7ev-ffvc1156-2-e", "xilinx.com:zcu104:part0:*", zynq_ultrascale, 128, 200},
        {"kv260", "xck26-sfvc784-2LV-c", "xilinx.com:kv260_som:part0:*", zynq_ultrascale, 128, 200},
    };
    return boards;
}

const ZynqBoard& zynq_board(const std::string& name) {
    return named(zynq_boards(), name, "Zynq board");
}

ZynqDesign zynq_design(const rtl::Core& core, const ZynqBoard& board, std::optional<std::uint32_t> width) {
    ZynqDesign design;
    design.board = board;
    design.kernel = stream_kernel(core, width.value_or(board.stream_width));
    design.core = core.module;
    constexpr double mega_per_nano = 1000;
    design.clock_mhz = std::floor(std::min(board.clock_mhz, mega_per_nano / core.clock_ns));
    return design;
}

BoardAddresses zynq_addresses(Processor processor) {
    return processor == Processor::zynq7000 ? BoardAddresses{0x40400000, 0x43C00000}
                                            : BoardAddresses{0xA0000000, 0xA0010000};
}

} // namespace gw::shell
