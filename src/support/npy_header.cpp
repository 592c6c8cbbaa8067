// Format: NEP 1, "A simple file format for NumPy arrays".
#include "support/npy_header.hpp"

#include <charconv>
#include <limits>
#include <optional>

#include "support/error.hpp"

namespace gw::support {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

/// Reads the dictionary token by token.
class Scanner {
  public:
    Scanner(std::string_view text, const std::string& where) : text_(text), where_(where) {}

    [[noreturn]] void fail(const std::string& what) const {
        throw user_error("the .npy header is damaged: " + what, where_, "write the file again with numpy.save");
    }
    void skip_blanks() {
        while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n' || text_.front() == '\t'))
            text_.remove_prefix(1);
    }
    bool accept(char wanted) {
        skip_blanks();
        if (text_.empty() || text_.front() != wanted)
            return false;
        text_.remove_prefix(1);
        return true;
    }
    void expect(char wanted) {
        if (!accept(wanted))
            fail(std::string("'") + wanted + "' is missing");
    }
    std::string string() {
        skip_blanks();
        if (text_.empty() || (text_.front() != '\'' && text_.front() != '"'))
            fail("a string is missing");
        const std::size_t end = text_.find(text_.front(), 1);
        if (end == std::string_view::npos)
            fail("a string does not end");
        std::string result(text_.substr(1, end - 1));
        text_.remove_prefix(end + 1);
        return result;
    }
    bool boolean() {
        skip_blanks();
        for (const bool value : {true, false}) {
            const std::string_view word = value ? "True" : "False";
            if (text_.starts_with(word)) {
                text_.remove_prefix(word.size());
                return value;
            }
        }
        fail("True or False is missing");
    }
    std::vector<std::size_t> tuple() {
        expect('(');
        std::vector<std::size_t> result;
        while (!accept(')')) {
            skip_blanks();
            std::size_t value = 0;
            const auto [end, code] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
            if (code != std::errc())
                fail("a dimension is not a whole number");
            text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
            result.push_back(value);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return result;
    }
    /// A structured dtype (a list), which we refuse, shows here.
    bool at_list() {
        skip_blanks();
        return text_.starts_with('[');
    }

  private:
    std::string_view text_;
    const std::string& where_;
};

[[noreturn]] void refuse_dtype(const std::string& dtype, const std::string& where) {
    throw user_error("the elements are of type '" + dtype + "', not plain numbers", where,
                     "save it as integers, booleans or float16, float32 or float64");
}

void parse_dtype(const std::string& dtype, NpyHeader& header, const std::string& where) {
    if (dtype.size() < 3 || std::string_view("<>|=").find(dtype[0]) == std::string_view::npos)
        refuse_dtype(dtype, where);
    header.byte_order = dtype[0];
    header.kind = dtype[1];
    const auto [end, code] = std::from_chars(dtype.data() + 2, dtype.data() + dtype.size(), header.bytes);
    if (code != std::errc() || end != dtype.data() + dtype.size())
        refuse_dtype(dtype, where);
    const bool integer = (header.kind == 'i' || header.kind == 'u') &&
                         (header.bytes == 1 || header.bytes == 2 || header.bytes == 4 || header.bytes == 8);
    const bool floating = header.kind == 'f' && (header.bytes == 2 || header.bytes == 4 || header.bytes == 8);
    if (!integer && !floating && !(header.kind == 'b' && header.bytes == 1))
        refuse_dtype(dtype, where);
}

/// Start and length of the dictionary.
struct Extent {
    std::size_t begin, length;
};

Extent dictionary_extent(std::string_view bytes, const std::string& where) {
    if (!bytes.starts_with(magic))
        throw user_error("is not a .npy file (its first bytes are others)", where, "write it with numpy.save");
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    if (bytes.size() < 10)
        throw user_error("is truncated within its header", where, "copy or write the file again");
    const std::size_t version = byte(6);
    if (version < 1 || version > 3)
        throw unsupported(".npy format version " + std::to_string(version), where, "save it with format 1.0 to 3.0");
    const std::size_t begin = version == 1 ? 10 : 12;
    if (bytes.size() < begin)
        throw user_error("is truncated within its header", where, "copy or write the file again");
    std::size_t length = byte(8) | byte(9) << 8U;
    if (version > 1)
        length |= byte(10) << 16U | byte(11) << 24U;
    if (bytes.size() - begin < length)
        throw user_error("is truncated within its header", where, "copy or write the file again");
    return {begin, length};
}

void check_extent(NpyHeader& header, std::size_t available, const std::string& where) {
    bool too_large = false;
    bool empty = false;
    header.elements = 1;
    for (const std::size_t size : header.shape) {
        empty = empty || size == 0;
        if (size != 0 && header.elements > std::numeric_limits<std::size_t>::max() / 16 / size)
            too_large = true;
        else
            header.elements *= size;
    }
    if (empty)
        header.elements = 0;
    if (!empty && (too_large || header.elements * header.bytes > available))
        throw user_error("is truncated: its shape asks for more data than the file holds", where,
                         "copy or write the file again");
}

} // namespace

NpyHeader parse_npy_header(std::string_view bytes, const std::string& where) {
    const Extent extent = dictionary_extent(bytes, where);
    Scanner scanner(bytes.substr(extent.begin, extent.length), where);
    NpyHeader header;
    header.data_offset = extent.begin + extent.length;
    bool has_dtype = false, has_order = false, has_shape = false;
    scanner.expect('{');
    while (!scanner.accept('}')) {
        const std::string key = scanner.string();
        scanner.expect(':');
        if (key == "descr") {
            if (scanner.at_list())
                refuse_dtype("a record", where);
            parse_dtype(scanner.string(), header, where);
            has_dtype = true;
        } else if (key == "fortran_order") {
            header.fortran_order = scanner.boolean();
            has_order = true;
        } else if (key == "shape") {
            header.shape = scanner.tuple();
            has_shape = true;
        } else {
            scanner.fail("unknown entry '" + key.substr(0, 40) + "'");
        }
        if (!scanner.accept(',')) {
            scanner.expect('}');
            break;
        }
    }
    if (!has_dtype || !has_order || !has_shape)
        scanner.fail("one of descr, fortran_order, shape is missing");
    check_extent(header, bytes.size() - header.data_offset, where);
    return header;
}

} // namespace gw::support
