#include "support/error.hpp"

#include <utility>

namespace gw::support {
namespace {

std::string message(ErrorKind kind, const std::string& what, const std::string& where, const std::string& remedy) {
    std::string text;
    if (kind == ErrorKind::internal)
        text += "internal error: ";
    if (!where.empty())
        text += where + ": ";
    text += what;
    if (!remedy.empty())
        text += "\n  remedy: " + remedy;
    if (kind == ErrorKind::internal)
        text += "\n  remedy: this is a defect of Gatewright; please report it with the input that led here";
    return text;
}

} // namespace

Error::Error(ErrorKind kind, std::string what, std::string where, std::string remedy)
    : std::runtime_error(message(kind, what, where, remedy)), kind_(kind), what_(std::move(what)),
      where_(std::move(where)), remedy_(std::move(remedy)) {}

Error user_error(std::string what, std::string where, std::string remedy) {
    return {ErrorKind::user, std::move(what), std::move(where), std::move(remedy)};
}

Error unsupported(std::string what, std::string where, std::string remedy) {
    return {ErrorKind::unsupported, std::move(what), std::move(where), std::move(remedy)};
}

Error internal_error(std::string what, std::string where) {
    return {ErrorKind::internal, std::move(what), std::move(where)};
}

} // namespace gw::support
