// The interface is that of cms-hls4ml/hls4mlEmulatorExtras: ModelLoader opens NAME.so with RTLD_LOCAL and calls
// create_model; a model is told its input and asked for its result by std::any.
#include "hls/emulator_library.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hls/stream_text.hpp"

namespace gw::hls {
namespace {

std::uint64_t length(const Port& port, bool stream) {
    return stream ? port.beats : port.types.size();
}

/// "muon_input_t*", or a tuple of such.
std::string pointers(const std::vector<Port>& ports, const char* constant) {
    std::vector<std::string> types;
    for (const Port& port : ports)
        types.push_back(fmt::format("{}{}*", constant, port.type));
    return types.size() == 1 ? types.front() : fmt::format("std::tuple<{}>", fmt::join(types, ", "));
}

std::string pointer(const std::vector<Port>& ports, std::size_t k, const char* from) {
    return ports.size() == 1 ? from : fmt::format("std::get<{}>({})", k, from);
}

} // namespace

std::string emulator_interface() {
    return R"(// The interface of CMSSW's hls4ml emulator, as far as a model needs it.
#ifndef HLS4ML_EMULATOR_H_
#define HLS4ML_EMULATOR_H_

#include <any>

namespace hls4mlEmulator {

class Model {
  public:
    virtual void prepare_input(std::any input) = 0;
    virtual void predict() = 0;
    virtual void read_result(std::any result) = 0;
    virtual ~Model() = default;
};

} // namespace hls4mlEmulator

#endif
)";
}

std::string emulator_source(const Top& top) {
    const bool stream = top.io == IoType::stream;
    std::string members, copies_in, copies_out, before, after;
    std::vector<std::string> arguments;
    for (std::size_t k = 0; k < top.inputs.size(); ++k) {
        const Port& port = top.inputs[k];
        members += fmt::format("    {} {}_[{}];\n", port.type, port.name, length(port, stream));
        copies_in += fmt::format("        for (int i = 0; i < {}; i++)\n            {}_[i] = {}[i];\n",
                                 length(port, stream), port.name, pointer(top.inputs, k, "given"));
        if (stream)
            before += fmt::format(
                "        {0}        for (int i = 0; i < {2}; i++)\n            gw::write_beat({1}, {1}_[i]);\n",
                stream_variable({port.type, port.lanes}, port.name), port.name, port.beats);
        arguments.push_back(port.name + (stream ? "" : "_"));
    }
    for (std::size_t k = 0; k < top.outputs.size(); ++k) {
        const Port& port = top.outputs[k];
        members += fmt::format("    {} {}_[{}];\n", port.type, port.name, length(port, stream));
        copies_out += fmt::format("        for (int i = 0; i < {}; i++)\n            {}[i] = {}_[i];\n",
                                  length(port, stream), pointer(top.outputs, k, "wanted"), port.name);
        if (stream) {
            before += "        " + stream_variable({port.type, port.lanes}, port.name);
            after +=
                fmt::format("        for (int i = 0; i < {0}; i++)\n            {1}_[i] = gw::read_beat<{2}>({1});\n",
                            port.beats, port.name, port.type);
        }
        arguments.push_back(port.name + (stream ? "" : "_"));
    }
    return fmt::format(R"(// {0} as a library for CMSSW's hls4ml emulator: make emulator builds emulator/{0}.so.
// prepare_input takes a std::any of {1}, read_result one of {2}: arrays of {3}.
#if __has_include("hls4ml/emulator.h")
#include "hls4ml/emulator.h"
#else
#include "emulator.h"
#endif

#include <tuple>

#include "../firmware/{0}.h"

namespace {{

class {0}_model : public hls4mlEmulator::Model {{
  public:
    void prepare_input(std::any input) override {{
        const auto given = std::any_cast<{1}>(input);
{4}    }}
    void predict() override {{
{5}        {0}({6});
{7}    }}
    void read_result(std::any result) override {{
        const auto wanted = std::any_cast<{2}>(result);
{8}    }}

  private:
{9}}};

}} // namespace

// Only these two are seen outside (-fvisibility=hidden).
extern "C" __attribute__((visibility("default"))) hls4mlEmulator::Model* create_model() {{
    return new {0}_model;
}}
extern "C" __attribute__((visibility("default"))) void destroy_model(hls4mlEmulator::Model* model) {{
    delete model;
}}
)",
                       top.name, pointers(top.inputs, ""), pointers(top.outputs, ""),
                       stream ? "all beats of a frame" : "all elements of an event", copies_in, before,
                       fmt::join(arguments, ", "), after, copies_out, members);
}

} // namespace gw::hls
