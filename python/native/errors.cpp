// support::Error as gatewright.Error, with its parts; Ctrl-C as KeyboardInterrupt.
#include <algorithm>
#include <cmath>

#include "native.hpp"
#include "support/error.hpp"

namespace gw::python {

namespace {

void translate(const std::exception_ptr& thrown, void* /*payload*/) {
    try {
        std::rethrow_exception(thrown);
    } catch (const support::Error& error) {
        if (error.kind() == support::ErrorKind::interrupted) {
            PyErr_SetNone(PyExc_KeyboardInterrupt);
            return;
        }
        const nb::object type = nb::module_::import_("gatewright.errors").attr("Error");
        const nb::object made =
            type(error.problem().c_str(), error.where().c_str(), error.remedy().c_str(), error.what());
        PyErr_SetObject(type.ptr(), made.ptr());
    }
}

} // namespace

void bind_errors(nb::module_& /*module*/) {
    nb::register_exception_translator(translate);
}

std::chrono::milliseconds to_limit(double seconds) {
    if (std::isnan(seconds) || seconds < 0)
        throw support::user_error("a time limit is a number of seconds, 0 or more");
    constexpr double longest = 1e9; // some thirty years
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(std::min(seconds, longest) * 1000)));
}

} // namespace gw::python
