#include "remote/serve.hpp"

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "remote/services.hpp"
#include "shell/card.hpp"
#include "support/error.hpp"

namespace gw::remote {
namespace {

std::string target(const ServeRequest& request) {
    const bool ipv6 = request.address.find(':') != std::string::npos && request.address.front() != '[' &&
                      !request.address.starts_with("unix:");
    return fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), request.address, request.port);
}

} // namespace
} // namespace gw::remote

extern "C" __attribute__((visibility("default"))) void gw_remote_serve(const gw::remote::ServeRequest& request) {
    using namespace gw;
    using namespace gw::remote;
    const shell::KernelInfo kernel = shell::read_card(request.bundle).kernel;
    const shell::PynqOverlay overlay = shell::pynq_overlay(kernel);
    device::SimulationOptions simulation;
    simulation.memory_bytes = request.memory_bytes;
    Board board(device::open_simulated_card(request.bundle / shell::card_library, simulation), kernel, request.ended);
    Sessions sessions(board, [&](const std::string& peer) { return is_connected(peer, request.port); });
    Files files;
    const auto services = make_services({board, sessions, files, overlay, request.token, request.shared, request.log});

    grpc::ServerBuilder builder;
    builder.AddListeningPort(target(request), grpc::InsecureServerCredentials());
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);        // else a second server would start unnoticed
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000); // a client's machine may just go
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
    grpc::ResourceQuota quota("remote");
    quota.SetMaxThreads(256);
    builder.SetResourceQuota(quota);
    constexpr int largest_request = 64 << 20;
    builder.SetMaxReceiveMessageSize(largest_request);
    for (const auto& service : services)
        builder.RegisterService(service.get());
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (server == nullptr)
        throw support::user_error("cannot listen at " + target(request), {},
                                  "another server may be there; choose another --listen ADDRESS");
    request.log(fmt::format("{} at {}", kernel.name, target(request)));
    constexpr auto pause = std::chrono::milliseconds(100);
    while (!request.ended())
        std::this_thread::sleep_for(pause);
    server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
}
