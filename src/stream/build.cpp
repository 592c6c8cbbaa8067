#include "stream/build.hpp"

#include "stream/partition.hpp"

namespace gw::stream {

Built build(const network::Network& network, const plan::Plan& plan, const std::string& name) {
    Design design = partition(network, plan, name);
    lower_cores(design, plan);
    Built built;
    built.schedule = schedule(design);
    built.rtl = emit(design, plan.clock_ns);
    built.actors = design.actors.size();
    for (const Channel& channel : design.channels)
        built.waiting_bits += std::uint64_t{channel.depth} * channel.bits();
    return built;
}

} // namespace gw::stream
