// Two generated projects in one process: linked together, and as CMSSW loads them.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "emulate/reference.hpp"
#include "hls/emit.hpp"
#include "support/atomic_file.hpp"
#include "support/need.hpp"
#include "support/process.hpp"
#include "support/rng.hpp"
#include "verify/hls.hpp"
#include "verify/scratch.hpp"

namespace gw::verify {
namespace {

namespace fs = std::filesystem;

/// Both have layers of the same names and sizes, and other weights: what is not kept apart shows.
network::Network network_of(std::int64_t seed) {
    support::Random random(static_cast<std::uint64_t>(seed));
    network::Network network;
    const auto type = fixed::ap_fixed(8, 4, fixed::Rounding::rnd, fixed::Overflow::sat);
    const auto constant = [&](network::Shape shape) {
        network::Constant result{std::move(shape), fixed::ap_fixed(6, 2), {}};
        for (std::size_t k = network::elements(result.shape); k > 0; --k)
            result.raw.push_back(random.between(-32, 31));
        return result;
    };
    const auto x = network.add({"x", {4, 3}, {type}}), conv = network.add({"conv", {4, 2}, {type}}),
               y = network.add({"y", {4, 2}, {type}});
    network.inputs = {x};
    network.outputs = {y};
    network::Conv first{x, conv, {{3}, {1}, {1}, {1}}, 1, constant({3, 3, 2}), constant({2}), {}};
    network.ops = {{"conv", first}, {"dense", network::Dense{conv, y, constant({2, 2}), constant({2}), {}}}};
    return network;
}

constexpr const char* host = R"(#include <dlfcn.h>

#include <iostream>
#include <memory>

#include "a/firmware/a.h"
#include "b/firmware/b.h"
#include "a/emulator/emulator.h"

using Model = hls4mlEmulator::Model;

static std::shared_ptr<Model> loaded(const char* file) {
    void* library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
    if (library == nullptr) {
        std::cerr << dlerror() << "\n";
        exit(2);
    }
    const auto create = reinterpret_cast<Model* (*)()>(dlsym(library, "create_model"));
    const auto destroy = reinterpret_cast<void (*)(Model*)>(dlsym(library, "destroy_model"));
    return {create(), destroy};
}

template <class T> static long long raw(const T& value) {
    return ap_int<T::width>(value.range(T::width - 1, 0)).to_int64();
}

// Lines of the input: 12 raw integers. Lines out: a by a call, b by a call, a and b by their models.
int main(int, char** arguments) {
    const auto first = loaded(arguments[1]), second = loaded(arguments[2]), other = loaded(arguments[1]);
    long long number = 0;
    while (std::cin >> number) {
        a_input_t x[12];
        b_input_t z[12];
        for (int i = 0; i < 12; i++) {
            if (i > 0)
                std::cin >> number;
            x[i].range(7, 0) = ap_int<8>(number);
            z[i] = x[i];
        }
        a_output_t by_call[8], by_model[8], by_other[8];
        b_output_t by_call_b[8], by_model_b[8];
        first->prepare_input(static_cast<a_input_t*>(x));
        second->prepare_input(static_cast<b_input_t*>(z));
        other->prepare_input(static_cast<a_input_t*>(x));
        a(x, by_call);
        b(z, by_call_b);
        first->predict();
        second->predict();
        other->predict();
        second->read_result(static_cast<b_output_t*>(by_model_b));
        first->read_result(static_cast<a_output_t*>(by_model));
        other->read_result(static_cast<a_output_t*>(by_other));
        for (const auto* values : {by_call, by_call_b, by_model, by_model_b, by_other})
            for (int i = 0; i < 8; i++)
                std::cout << raw(values[i]) << " ";
        std::cout << "\n";
    }
}
)";

TEST(HlsLibrary, TwoProjectsInOneProcessDoNotDisturbEachOther) {
    const auto ap_types = find_ap_types();
    GW_NEED(ap_types.has_value(), "no ap_fixed.h: run scripts/bootstrap, or set GW_AP_TYPES");
    const Scratch folder;
    const network::Network a = network_of(1), b = network_of(2);
    for (const auto& [name, network] : {std::pair("a", &a), std::pair("b", &b)})
        support::write_files(folder.path() / name, hls::emit(*network, {}, name));
    const support::ProcessOptions here{
        .directory = folder.path(), .environment = {}, .time_limit = std::chrono::seconds(600), .check = true};
    for (const char* name : {"a", "b"})
        support::run_process({"make", "-C", name, "emulator", "AP_TYPES=" + ap_types->string()}, here);
    support::write_file(folder.path() / "host.cpp", host);
    support::run_process({"g++", "-w", "-DNDEBUG", "-std=c++17", "-isystem", ap_types->string(), "-I.", "host.cpp",
                          "a/firmware/a.cpp", "b/firmware/b.cpp", "-o", "host", "-ldl"},
                         here);
    support::Random random(3);
    std::string lines, expected;
    constexpr std::size_t events = 500;
    for (std::size_t event = 0; event < events; ++event) {
        std::vector<std::int64_t> x;
        for (std::size_t i = 0; i < 12; ++i) {
            x.push_back(random.between(-128, 127));
            lines += fmt::format("{} ", x.back());
        }
        lines += '\n';
        for (const auto* network : {&a, &b, &a, &b, &a})
            for (const std::int64_t y : emulate::evaluate(*network, x))
                expected += fmt::format("{} ", y);
        expected += '\n';
    }
    support::write_file(folder.path() / "x.txt", lines);
    const auto ran = support::run_process({"sh", "-c", "./host ./a/emulator/a.so ./b/emulator/b.so < x.txt"}, here);
    EXPECT_EQ(ran.output, expected);
}

} // namespace
} // namespace gw::verify
