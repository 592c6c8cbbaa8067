#include "hls/split.hpp"

#include <filesystem>

#include <fmt/format.h>

namespace gw::hls {
namespace {

/// Up to the guard against a second inclusion, which works for the file that it stands in alone.
std::size_t head_of(const std::string& text) {
    const std::string guard = "#pragma once\n";
    const std::size_t at = text.find(guard);
    return at == std::string::npos ? 0 : at + guard.size();
}

} // namespace

Files split(Files files) {
    Files result;
    for (auto& [file, text] : files) {
        if (text.size() <= longest_file) {
            result[file] = std::move(text);
            continue;
        }
        const std::filesystem::path path(file);
        std::size_t begin = head_of(text);
        std::string row = text.substr(0, begin);
        for (std::size_t part = 0; begin < text.size(); ++part) {
            const std::size_t line = text.find('\n', std::min(begin + longest_file, text.size() - 1));
            const std::size_t end = line == std::string::npos ? text.size() : line + 1;
            const std::string name = fmt::format("{}_part{}.inc", path.stem().string(), part);
            result[(path.parent_path() / name).string()] = text.substr(begin, end - begin);
            row += fmt::format("#include \"{}\"\n", name);
            begin = end;
        }
        result[file] = row;
    }
    return result;
}

} // namespace gw::hls
