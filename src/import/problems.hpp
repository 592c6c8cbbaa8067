// Problems: everything that is wrong with one file, gathered, so that a user mends it in one go.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace gw::import {

class Problems {
  public:
    explicit Problems(std::string file) : file_(std::move(file)) {}

    void add(std::string line) { lines_.push_back(std::move(line)); }
    bool empty() const { return lines_.empty(); }
    const std::string& file() const { return file_; }

    /// Throws support::Error (kind unsupported) naming the file and every problem, a line each, if there are any.
    void throw_if_any() const;

  private:
    std::string file_;
    std::vector<std::string> lines_;
};

/// ": REASON" for a message about `name`, or nothing.
std::string refusal(const std::map<std::string, std::string>& reasons, const std::string& name);

} // namespace gw::import
