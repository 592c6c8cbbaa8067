// Attributes: a JSON object of a Keras file whose every key is consumed or refused.
#pragma once

#include <optional>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "import/problems.hpp"

namespace gw::import {

using Json = nlohmann::json;

/// Reads one object. What does not fit goes to `problems`, named by `where` and key; `finish` adds the keys that no one
/// asked for.
class Attributes {
  public:
    /// `object` must outlive this; null counts as an object without keys.
    Attributes(const Json& object, std::string where, Problems& problems);
    Attributes(Json&& object, std::string where, Problems& problems) = delete;

    /// Keys that cannot change what the network computes at inference.
    void ignore(std::initializer_list<const char*> keys);
    /// The value, or null where the key is absent.
    const Json& take(const std::string& key);
    std::optional<double> number(const std::string& key);
    std::optional<std::uint32_t> count(const std::string& key);
    std::optional<std::string> text(const std::string& key);
    bool flag(const std::string& key, bool if_absent);
    /// Refuses any value other than null, or absence.
    void require_null(const std::string& key);
    void require_number(const std::string& key, double only);
    void require_flag(const std::string& key, bool only);
    void finish();

    const std::string& where() const { return where_; }
    void problem(const std::string& key, const std::string& what);

  private:
    const Json& object_;
    std::string where_;
    Problems& problems_;
    std::set<std::string> taken_;
};

/// A JSON value for a message: at most some 60 characters.
std::string brief(const Json& value);

/// A member of what may be no object; null where there is none.
const Json& member_of(const Json& object, const char* key);
/// The same, where anything but a text is as good as none.
std::string text_of(const Json& object, const char* key);

} // namespace gw::import
