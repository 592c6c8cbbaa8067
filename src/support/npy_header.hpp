// The header of a .npy file: a Python dictionary of three entries, read by a scanner for exactly that.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gw::support {

struct NpyHeader {
    char byte_order = '<'; ///< '<', '>', '|' or '='
    char kind = 'f';       ///< 'f' float, 'i' signed, 'u' unsigned, 'b' bool
    std::size_t bytes = 8; ///< of one element
    bool fortran_order = false;
    std::vector<std::size_t> shape;
    std::size_t data_offset = 0; ///< from the start of the file
    std::size_t elements = 1;
};

/// Checks that the dtype is one we read and that the data the shape asks for are there. Throws (kind user).
NpyHeader parse_npy_header(std::string_view bytes, const std::string& where);

} // namespace gw::support
