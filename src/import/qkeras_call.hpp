// One of QKeras's quantisers as a file gives it: its name and its arguments.
#pragma once

#include <optional>
#include <string>

#include "import/keras_layer.hpp"

namespace gw::import {

struct QkerasCall {
    std::string name; ///< without the package
    Json arguments = Json::object();
};

/// From a dictionary, or a text such as "quantized_bits(4, 0, alpha=1)"; none if it names no quantiser of QKeras.
std::optional<QkerasCall> qkeras_call(const Json& value);

/// Reads arguments; what is not understood becomes a problem of the layer, named by key and quantiser.
class QkerasArguments {
  public:
    QkerasArguments(KerasLayer& layer, std::string key, QkerasCall call)
        : layer_(layer), key_(std::move(key)), call_(std::move(call)) {}

    const std::string& name() const { return call_.name; }
    bool good() const { return good_; } ///< no problem so far
    void problem(const std::string& what);
    /// The argument, or null where it is absent.
    const Json& at(const char* argument) const;
    double number(const char* argument, double otherwise);
    bool flag(const char* argument, bool otherwise) { return number(argument, otherwise ? 1 : 0) != 0; }
    int whole(const char* argument, int otherwise, int least, int most);
    /// "auto" or "auto_po2": a scale that is found from the data.
    bool scale_from_data() const { return at("alpha").is_string(); }
    /// The scale where it is a number; 1 where it is not.
    double scale() { return scale_from_data() ? 1 : number("alpha", 1); }

  private:
    KerasLayer& layer_;
    std::string key_;
    QkerasCall call_;
    bool good_ = true;
};

} // namespace gw::import
