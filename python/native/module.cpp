#include "native.hpp"

NB_MODULE(_native, module) {
    module.attr("__version__") = GW_VERSION;
    gw::python::bind_errors(module);
    gw::python::bind_network(module);
    gw::python::bind_device(module);
    gw::python::bind_build(module);
}
