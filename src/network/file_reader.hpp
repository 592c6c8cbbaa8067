// Reader: a JSON value of a network file with the path to it, for messages.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "network/file_keys.hpp"
#include "support/error.hpp"

namespace gw::network {

using Json = nlohmann::ordered_json;

/// A JSON value with the path to it, for messages.
class Reader {
  public:
    Reader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {}

    [[noreturn]] void fail(const std::string& what) const {
        throw support::user_error(what, path_, "see docs/network-file.md");
    }

    /// The object's member; also notes that the key is known.
    Reader at(const char* key) const {
        const auto member = find(key);
        return member ? *member : (fail("the key '" + std::string(key) + "' is missing"), *this);
    }
    std::optional<Reader> find(const char* key) const {
        if (!json_.is_object())
            fail("expected an object");
        const auto member = json_.find(key);
        if (member == json_.end())
            return std::nullopt;
        return Reader(*member, path_ + "." + key);
    }
    void only(const std::set<std::string>& keys) const {
        if (!json_.is_object())
            fail("expected an object");
        for (const auto& [key, value] : json_.items())
            if (!keys.contains(key))
                fail("unknown key '" + key + "'");
    }
    std::vector<Reader> items() const {
        if (!json_.is_array())
            fail("expected an array");
        std::vector<Reader> all;
        for (std::size_t i = 0; i < json_.size(); ++i)
            all.emplace_back(json_[i], path_ + "[" + std::to_string(i) + "]");
        return all;
    }
    std::string text() const {
        if (!json_.is_string())
            fail("expected a string");
        return json_.get<std::string>();
    }
    std::int64_t integer() const {
        if (!json_.is_number_integer() || (json_.is_number_unsigned() && json_.get<std::uint64_t>() > INT64_MAX))
            fail("expected a 64-bit integer");
        return json_.get<std::int64_t>();
    }
    FixedType type() const {
        try {
            return fixed::parse_type(text());
        } catch (const support::Error& error) {
            throw support::user_error(error.problem(), path_, error.remedy());
        }
    }
    Shape shape() const {
        Shape shape;
        for (const Reader& item : items()) {
            const std::int64_t extent = item.integer();
            if (extent < 1 || extent > (1 << 24))
                item.fail("an extent must be 1 to 2^24");
            shape.push_back(static_cast<std::uint32_t>(extent));
        }
        return shape;
    }
    Constant constant() const {
        only({"shape", "type", "raw"});
        Constant constant{at("shape").shape(), at("type").type(), {}};
        const Reader raw = at("raw");
        if (!raw.json_.is_array())
            raw.fail("expected an array");
        constant.raw.reserve(raw.json_.size());
        for (const Json& value : raw.json_)
            constant.raw.push_back(
                Reader(value, raw.path_ + "[" + std::to_string(constant.raw.size()) + "]").integer());
        return constant;
    }
    std::optional<Constant> constant(const char* key) const {
        const auto member = find(key);
        return member ? std::optional(member->constant()) : std::nullopt;
    }

    bool flag() const {
        if (!json_.is_boolean())
            fail("expected true or false");
        return json_.get<bool>();
    }
    std::int64_t between(std::int64_t low, std::int64_t high) const {
        const std::int64_t value = integer();
        if (value < low || value > high)
            fail(fmt::format("expected {} to {}", low, high));
        return value;
    }
    bool is_null() const { return json_.is_null(); }
    template <typename Kind, std::size_t size> Kind word(const Words<Kind, size>& words) const {
        const std::string found = text();
        std::string expected;
        for (const auto& [kind, word] : words) {
            if (found == word)
                return kind;
            expected += (expected.empty() ? "'" : " or '") + std::string(word) + "'";
        }
        fail("expected " + expected);
    }

  private:
    const Json& json_;
    std::string path_;
};

} // namespace gw::network
