// The firmware in the making: what writers of single ops add to, and the names that are taken.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hls/names.hpp"
#include "network/network.hpp"

namespace gw::hls {

/// File name -> contents, relative to the project's folder.
using Files = std::map<std::string, std::string>;

/// Each line `columns` in, but for pragmas.
std::string indented(const std::string& text, std::size_t columns = 4);

/// A layer's configuration, a struct of constants and types.
class Config {
  public:
    Config& number(const std::string& name, std::int64_t value);
    Config& flag(const std::string& name, bool value);
    Config& type(const std::string& name, const std::string& type);
    Config& text(const std::string& lines);
    Config& base(const std::string& name);
    /// @param comment of the struct
    std::string as_struct(const std::string& name, const std::string& comment) const;

  private:
    std::string base_, members_;
};

struct Firmware {
    Names names;
    std::string port_types;           ///< of the top function's arguments
    std::string types;                ///< of what travels between layers
    std::string configs;              ///< one struct a layer
    std::string functions;            ///< static ones, called by the top function
    std::vector<std::string> weights; ///< names of the headers in firmware/weights/
    Files files;                      ///< those headers, and what they include
};

/// An array of integers in a header of its own.
/// @param extents "[16][64]"; the last one is a line's length
/// Returns the array's name.
std::string constant_array(Firmware& firmware, const std::string& wanted, const network::Constant& constant,
                           const std::vector<std::size_t>& extents);
/// Places, as plain integers.
std::string index_array(Firmware& firmware, const std::string& wanted, const std::vector<std::int64_t>& values);

/// Adds `store(y, i, v)` to a configuration: element i of an array becomes v, in the element's own type.
void configure_store(Config& config, const network::Tensor& tensor);

} // namespace gw::hls
