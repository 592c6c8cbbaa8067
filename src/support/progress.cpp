#include "support/progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace gw::support {
namespace {

std::size_t terminal_width() {
    winsize size = {};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

std::string clock_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(std::max(0.0, seconds));
    if (whole >= 3600)
        return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

void write_line(const std::string& text) {
    std::fputs(text.c_str(), stderr);
    std::fflush(stderr);
}

} // namespace

Progress::Progress(std::string label, std::uint64_t total)
    : label_(std::move(label)), total_(total), shown_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()), last_(start_ - std::chrono::hours(1)) {}

Progress::~Progress() {
    if (shown_)
        write_line("\r\x1b[K");
}

void Progress::update(std::uint64_t done, const std::string& note) {
    if (!shown_)
        return;
    const auto now = std::chrono::steady_clock::now();
    if (done < total_ && now - last_ < std::chrono::milliseconds(100))
        return;
    last_ = now;
    const double share = total_ == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    std::string tail = fmt::format(" {:3.0f} %", 100 * share);
    if (share > 0 && share < 1)
        tail += " " + clock_text(elapsed / share - elapsed) + " left";
    if (!note.empty())
        tail += "  " + note;
    const std::size_t width = terminal_width() - 1;
    std::string line = label_;
    // The bar takes what label and tail leave, and gives way first where the window is narrow.
    if (label_.size() + tail.size() + 8 <= width) {
        const std::size_t room = std::min<std::size_t>(40, width - label_.size() - tail.size() - 3);
        const auto full = static_cast<std::size_t>(share * static_cast<double>(room));
        line += " [" + std::string(full, '=') + std::string(room - full, ' ') + "]";
    }
    line += tail;
    line.resize(std::min(line.size(), width));
    write_line("\r\x1b[K" + line);
}

} // namespace gw::support
