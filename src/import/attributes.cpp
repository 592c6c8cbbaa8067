#include "import/attributes.hpp"

#include <cmath>

#include <fmt/format.h>

namespace gw::import {

namespace {
const Json null_value;
} // namespace

std::string brief(const Json& value) {
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > 60)
        text = text.substr(0, 57) + "...";
    return text;
}

const Json& member_of(const Json& object, const char* key) {
    if (!object.is_object())
        return null_value;
    const auto found = object.find(key);
    return found == object.end() ? null_value : *found;
}

std::string text_of(const Json& object, const char* key) {
    const Json& value = member_of(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

Attributes::Attributes(const Json& object, std::string where, Problems& problems)
    : object_(object.is_object() ? object : null_value), where_(std::move(where)), problems_(problems) {
    if (!object.is_object() && !object.is_null())
        problems_.add(fmt::format("{}: an object is expected, not {}", where_, brief(object)));
}

void Attributes::problem(const std::string& key, const std::string& what) {
    problems_.add(fmt::format("{}: '{}' {}", where_, key, what));
}

void Attributes::ignore(std::initializer_list<const char*> keys) {
    for (const char* key : keys)
        taken_.insert(key);
}

const Json& Attributes::take(const std::string& key) {
    taken_.insert(key);
    if (!object_.is_object())
        return null_value;
    const auto found = object_.find(key);
    return found == object_.end() ? null_value : *found;
}

std::optional<double> Attributes::number(const std::string& key) {
    const Json& value = take(key);
    if (value.is_null())
        return std::nullopt;
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
        problem(key, fmt::format("is {}, a finite number is expected", brief(value)));
        return std::nullopt;
    }
    return value.get<double>();
}

std::optional<std::uint32_t> Attributes::count(const std::string& key) {
    const auto value = number(key);
    if (!value)
        return std::nullopt;
    if (*value < 1 || *value > 1e6 || *value != std::floor(*value)) {
        problem(key, fmt::format("is {}, a whole number from 1 to a million is expected", *value));
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(*value);
}

std::optional<std::string> Attributes::text(const std::string& key) {
    const Json& value = take(key);
    if (value.is_null())
        return std::nullopt;
    if (!value.is_string()) {
        problem(key, fmt::format("is {}, a text is expected", brief(value)));
        return std::nullopt;
    }
    return value.get<std::string>();
}

bool Attributes::flag(const std::string& key, bool if_absent) {
    const Json& value = take(key);
    if (value.is_null())
        return if_absent;
    if (!value.is_boolean()) {
        problem(key, fmt::format("is {}, true or false is expected", brief(value)));
        return if_absent;
    }
    return value.get<bool>();
}

void Attributes::require_null(const std::string& key) {
    const Json& value = take(key);
    if (!value.is_null())
        problem(key, fmt::format("is {}, which is not understood (only null is)", brief(value)));
}

void Attributes::require_number(const std::string& key, double only) {
    const auto value = number(key);
    if (value && *value != only)
        problem(key, fmt::format("is {}, which is not understood (only {} is)", *value, only));
}

void Attributes::require_flag(const std::string& key, bool only) {
    if (flag(key, only) != only)
        problem(key, fmt::format("is {}, which is not understood (only {} is)", !only, only));
}

void Attributes::finish() {
    if (!object_.is_object())
        return;
    for (const auto& [key, value] : object_.items())
        if (taken_.count(key) == 0)
            problem(key, fmt::format("= {} is not understood", brief(value)));
}

} // namespace gw::import
