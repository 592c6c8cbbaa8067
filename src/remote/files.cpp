#include "remote/files.hpp"

namespace gw::remote {
namespace {

bool plain_name_in(const std::string& path, const std::string& folder) {
    return path.starts_with(folder) && path.size() > folder.size() && path.find("..") == std::string::npos;
}

} // namespace

bool Files::exists(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return !path.starts_with("/lib/firmware/") && files_.count(path) != 0;
}

std::optional<std::string> Files::read(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    return found == files_.end() ? std::nullopt : std::optional(found->second);
}

bool Files::may_write(const std::string& path) const {
    const bool allowed = path == firmware || path == "/sys/class/fpga_manager/fpga0/flags" ||
                         plain_name_in(path, "/lib/firmware/") || plain_name_in(path, "/tmp/");
    return allowed;
}

void Files::write(const std::string& path, std::string contents) {
    const std::lock_guard lock(mutex_);
    if (files_.insert_or_assign(path, std::move(contents)).second)
        clients_.push_back(path);
    while (clients_.size() > most) {
        files_.erase(clients_.front());
        clients_.pop_front();
    }
}

} // namespace gw::remote
