// The top function: its ports, and what stands in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fixed/type.hpp"
#include "hls/firmware.hpp"
#include "hls/options.hpp"
#include "network/network.hpp"
#include "plan/plan.hpp"

namespace gw::hls {

/// An array, or a stream of beats.
struct Port {
    std::string name, type;              ///< of the argument; `type` is of an element, or of a beat
    std::vector<fixed::FixedType> types; ///< of a beat's values; of all where it is an array
    std::uint64_t beats = 1;             ///< a frame
    std::string tensor;                  ///< the network's name of it
    std::uint32_t lanes = 1;             ///< streams side by side
};

struct Top {
    std::string name;
    IoType io = IoType::parallel;
    std::vector<Port> inputs, outputs;
    std::string pragmas; ///< at the head of the function
    std::string body;
    bool is_dataflow = false;   ///< a region of processes, which a caller cannot pipeline
    std::uint32_t interval = 1; ///< clocks from one event to the next where it is pipelined
};

Top parallel_top(Firmware& firmware, const network::Network& network, const plan::Plan& plan, const Options& options,
                 const std::string& name);
Top stream_top(Firmware& firmware, const network::Network& network, const plan::Plan& plan, const Options& options,
               const std::string& name);

/// "a, b" of the arguments' names.
std::string names(const std::vector<Port>& ports, std::string_view between = ", ");
/// Inputs first.
std::string names(const Top& top, std::string_view between = ", ");

/// What a caller declares for each port that is a stream.
std::string local_streams(const Top& top);
/// And for each that is an array.
std::string local_arrays(const Top& top);
/// "const T x[16]", "T y[5]", "hls::stream<T>& x": an argument that is read or written.
std::string parameter(const Top& top, const Port& port, bool read);

/// "void NAME(const NAME_input_t x[16], NAME_output_t y[5])"
std::string declaration(const Top& top);

/// NAME_input_t and NAME_output_t where there is one of a kind, else NAME_TENSOR_t.
std::string port_type(const std::string& name, const network::Network& network, network::TensorId id, bool input);

} // namespace gw::hls
