#include "rtl/packing.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::rtl {

namespace {

void require_size(std::size_t fields, std::size_t values) {
    if (fields != values) {
        throw support::internal_error("a vector of " + std::to_string(values) + " values for " +
                                      std::to_string(fields) + " fields");
    }
}

} // namespace

std::uint32_t lay_out(std::vector<Field>& fields, const std::string& prefix,
                      const std::vector<fixed::FixedType>& types) {
    std::uint32_t offset = 0;
    for (std::size_t i = 0; i < types.size(); ++i) {
        fields.push_back({fmt::format("{}[{}]", prefix, i), types[i], offset});
        offset += static_cast<std::uint32_t>(types[i].width);
    }
    return offset;
}

void pack(std::span<const Field> fields, std::span<const std::int64_t> raw, std::span<std::uint32_t> words) {
    require_size(fields.size(), raw.size());
    std::fill(words.begin(), words.end(), 0U);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        std::uint32_t at = fields[i].offset;
        auto rest = static_cast<std::uint64_t>(raw[i]);
        for (auto left = static_cast<std::uint32_t>(fields[i].type.width); left > 0;) {
            const std::uint32_t count = std::min(left, 32 - at % 32);
            const std::uint64_t mask = (std::uint64_t{1} << count) - 1;
            words[at / 32] |= static_cast<std::uint32_t>((rest & mask) << (at % 32));
            rest >>= count;
            at += count;
            left -= count;
        }
    }
}

void unpack(std::span<const Field> fields, std::span<const std::uint32_t> words, std::span<std::int64_t> raw) {
    require_size(fields.size(), raw.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto width = static_cast<std::uint32_t>(fields[i].type.width);
        std::uint64_t value = 0;
        for (std::uint32_t done = 0; done < width;) {
            const std::uint32_t at = fields[i].offset + done;
            const std::uint32_t count = std::min(width - done, 32 - at % 32);
            const std::uint64_t mask = (std::uint64_t{1} << count) - 1;
            value |= ((words[at / 32] >> (at % 32)) & mask) << done;
            done += count;
        }
        if (fields[i].type.is_signed && width > 0 && width < 64 && (value >> (width - 1)) != 0) {
            value |= ~std::uint64_t{0} << width;
        }
        raw[i] = static_cast<std::int64_t>(value);
    }
}

std::string hexadecimal(std::span<const std::uint32_t> words, std::uint32_t bits) {
    std::string text;
    for (std::uint32_t digit = (bits + 3) / 4; digit-- > 0;) {
        text += "0123456789abcdef"[(words[digit / 8] >> (digit % 8 * 4)) & 15];
    }
    return text;
}

} // namespace gw::rtl
