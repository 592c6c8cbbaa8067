// PYNQ.remote's services over a board (protocol/*.proto). Where an error must be put so that the client sees it differs
// from call to call: shared/notes/pynq-remote.md, section 2.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include "remote/board.hpp"
#include "remote/files.hpp"
#include "remote/sessions.hpp"
#include "shell/pynq_overlay.hpp"

namespace gw::remote {

/// What all services share.
struct Shared {
    Board& board;
    Sessions& sessions;
    Files& files;
    const shell::PynqOverlay& overlay;
    std::string token; ///< of metadata "authorization: Bearer TOKEN"; empty: everyone may
    bool any_may_program = false;
    std::function<void(const std::string&)> log;
};

std::vector<std::unique_ptr<grpc::Service>> make_services(const Shared& shared);

} // namespace gw::remote
