#include <charconv>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::support {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Splits at ',' or ';' where the line has one, at runs of blanks otherwise.
std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    line = trimmed(line);
    if (line.empty())
        return fields;
    const bool separated = line.find_first_of(",;") != std::string_view::npos;
    while (true) {
        const std::size_t end = line.find_first_of(separated ? ",;" : " \t");
        fields.push_back(trimmed(line.substr(0, end)));
        if (end == std::string_view::npos)
            return fields;
        line.remove_prefix(end + 1);
        if (!separated)
            line = trimmed(line);
    }
}

std::optional<double> number_in(std::string_view field) {
    if (field.starts_with('+'))
        field.remove_prefix(1);
    double value = 0;
    const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (field.empty() || code != std::errc() || end != field.data() + field.size())
        return std::nullopt;
    return value;
}

bool any_number(const std::vector<std::string_view>& fields) {
    for (const std::string_view field : fields)
        if (number_in(field))
            return true;
    return false;
}

} // namespace

Array read_csv(const std::filesystem::path& file) {
    const std::string text = read_file(file);
    std::string_view rest = text;
    Array array;
    std::size_t line_number = 0, rows = 0, columns = 0;
    bool first = true;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const std::vector<std::string_view> fields = fields_of(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        ++line_number;
        if (fields.empty() || fields.front().starts_with('#'))
            continue;
        if (first && !any_number(fields)) {
            first = false;
            continue;
        }
        first = false;
        const std::string where = fmt::format("{}: line {}", file.string(), line_number);
        if (rows == 0)
            columns = fields.size();
        if (fields.size() != columns)
            throw user_error(fmt::format("has {} values where the rows before have {}", fields.size(), columns), where);
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const std::optional<double> value = number_in(fields[i]);
            if (!value)
                throw user_error(fmt::format("'{}' in column {} is no number", fields[i].substr(0, 40), i + 1), where);
            array.values.push_back(*value);
        }
        ++rows;
    }
    if (rows == 0)
        throw user_error("holds no numbers", file.string(), "give one event a row, values separated by commas");
    array.shape = {rows, columns};
    return array;
}

void write_csv(const std::filesystem::path& file, const Array& array, const std::vector<std::string>& header) {
    std::string text;
    if (!header.empty())
        text += fmt::format("{}\n", fmt::join(header, ","));
    const std::size_t columns = array.row_size();
    for (std::size_t i = 0; i < array.values.size(); ++i)
        text +=
            fmt::format("{}{}", array.values[i], i % columns + 1 == columns ? '\n' : ','); // {}: shortest exact form
    write_file(file, text);
}

} // namespace gw::support
