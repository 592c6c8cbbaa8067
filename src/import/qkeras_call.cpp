#include "import/qkeras_call.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include <fmt/format.h>

namespace gw::import {

namespace {

/// Arguments in the order of the constructors, which texts may rely on.
const std::map<std::string, std::vector<const char*>>& signatures() {
    static const std::map<std::string, std::vector<const char*>> all{
        {"quantized_bits", {"bits", "integer", "symmetric", "keep_negative", "alpha", "use_stochastic_rounding"}},
        {"quantized_linear", {"bits", "integer", "symmetric", "keep_negative", "alpha", "use_stochastic_rounding"}},
        {"quantized_relu",
         {"bits", "integer", "use_sigmoid", "negative_slope", "use_stochastic_rounding", "relu_upper_bound"}},
        {"quantized_tanh", {"bits", "use_stochastic_rounding", "symmetric", "use_real_tanh"}},
        {"quantized_sigmoid", {"bits", "symmetric", "use_real_sigmoid", "use_stochastic_rounding"}},
        {"quantized_ulaw", {"bits", "integer", "symmetric", "u"}},
        {"quantized_hswish", {"bits", "integer", "symmetric", "alpha", "use_stochastic_rounding"}},
        {"binary", {"use_01", "alpha", "use_stochastic_rounding"}},
        {"stochastic_binary", {"alpha", "temperature", "use_real_sigmoid"}},
        {"ternary", {"alpha", "threshold", "use_stochastic_rounding", "number_of_unrolls"}},
        {"stochastic_ternary", {"alpha", "threshold", "temperature", "use_real_sigmoid", "number_of_unrolls"}},
        {"quantized_po2", {"bits", "max_value", "use_stochastic_rounding", "quadratic_approximation", "log2_rounding"}},
        {"quantized_relu_po2",
         {"bits", "max_value", "negative_slope", "use_stochastic_rounding", "quadratic_approximation",
          "log2_rounding"}}};
    return all;
}

std::string bare(std::string name) {
    const std::size_t mark = name.find('>');
    return mark == std::string::npos ? name : name.substr(mark + 1);
}

Json literal(const std::string& text) {
    if (text == "True")
        return true;
    if (text == "False")
        return false;
    if (text == "None")
        return nullptr;
    const Json number = Json::parse(text, nullptr, false);
    if (!number.is_discarded())
        return number;
    const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"');
    return quoted ? Json(text.substr(1, text.size() - 2)) : Json(text);
}

std::string stripped(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

/// "name(1, 2, alpha=1)"
std::optional<QkerasCall> parse(const std::string& text) {
    const std::size_t open = text.find('(');
    QkerasCall call{bare(text.substr(0, open)), Json::object()};
    const auto known = signatures().find(call.name);
    if (known == signatures().end() || (open != std::string::npos && text.back() != ')'))
        return std::nullopt;
    const std::string inside = open == std::string::npos ? "" : text.substr(open + 1, text.size() - open - 2);
    std::size_t place = 0;
    for (std::size_t at = 0; at < inside.size();) {
        const std::size_t comma = std::min(inside.find(',', at), inside.size());
        const std::string part = stripped(inside.substr(at, comma - at));
        const std::size_t equals = part.find('=');
        if (equals != std::string::npos)
            call.arguments[stripped(part.substr(0, equals))] = literal(stripped(part.substr(equals + 1)));
        else if (place < known->second.size())
            call.arguments[known->second[place++]] = literal(part);
        else
            return std::nullopt;
        at = comma + 1;
    }
    return call;
}

} // namespace

std::optional<QkerasCall> qkeras_call(const Json& value) {
    if (value.is_string())
        return parse(value.get<std::string>());
    if (!value.is_object() || !value.contains("class_name") || !value["class_name"].is_string())
        return std::nullopt;
    const std::string name = bare(value["class_name"].get<std::string>());
    if (signatures().count(name) == 0)
        return std::nullopt;
    return QkerasCall{name, value.contains("config") && value["config"].is_object() ? value["config"] : Json::object()};
}

void QkerasArguments::problem(const std::string& what) {
    good_ = false;
    layer_.problem(fmt::format("{}: {} {}", key_, call_.name, what));
}

const Json& QkerasArguments::at(const char* argument) const {
    static const Json nothing;
    const auto found = call_.arguments.find(argument);
    return found == call_.arguments.end() ? nothing : *found;
}

double QkerasArguments::number(const char* argument, double otherwise) {
    const Json& value = at(argument);
    if (value.is_boolean())
        return value.get<bool>() ? 1 : 0;
    if (value.is_number())
        return value.get<double>();
    if (!value.is_null())
        problem(fmt::format("has {} {}, a number is expected", argument, brief(value)));
    return otherwise;
}

int QkerasArguments::whole(const char* argument, int otherwise, int least, int most) {
    const double value = number(argument, otherwise);
    if (value != std::floor(value) || value < least || value > most) {
        problem(fmt::format("has {} {}, {} to {} is understood", argument, value, least, most));
        return otherwise;
    }
    return static_cast<int>(value);
}

} // namespace gw::import
