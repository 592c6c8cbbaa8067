// Network: a model, read and quantised, on the emulator.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bundle/model.hpp"
#include "emulate/emulator.hpp"
#include "native.hpp"
#include "network/file.hpp"
#include "support/error.hpp"

namespace gw::python {

namespace {

struct Port {
    std::string name;
    std::vector<std::uint32_t> shape;
    std::vector<std::string> types;
};

std::vector<Port> ports(const network::Network& network, const std::vector<network::TensorId>& tensors) {
    std::vector<Port> result;
    for (const network::TensorId id : tensors) {
        const network::Tensor& tensor = network.tensor(id);
        Port& port = result.emplace_back(Port{tensor.name, tensor.shape, {}});
        for (const fixed::FixedType& type : tensor.types)
            port.types.push_back(fixed::to_string(type));
    }
    return result;
}

class Model {
  public:
    explicit Model(bundle::Model model) : model_(std::move(model)), emulator_(model_.network) {}

    nb::ndarray<nb::numpy, double, nb::ndim<2>> predict(const Rows& rows, unsigned threads) const {
        const network::Network& network = model_.network;
        if (rows.shape(1) != network.input_size())
            throw support::user_error("rows of " + std::to_string(rows.shape(1)) + " values, where an event has " +
                                      std::to_string(network.input_size()));
        std::vector<double> outputs(rows.shape(0) * network.output_size());
        {
            const nb::gil_scoped_release release;
            const std::span inputs(rows.data(), rows.size());
            if (threads == 0)
                emulator_.predict(inputs, outputs);
            else
                emulate::Emulator(network, {threads}).predict(inputs, outputs);
        }
        return to_numpy(std::move(outputs), rows.shape(0), network.output_size());
    }
    const bundle::Model& model() const { return model_; }

  private:
    bundle::Model model_;
    emulate::Emulator emulator_;
};

} // namespace

void bind_network(nb::module_& module) {
    nb::class_<Port>(module, "Port")
        .def_ro("name", &Port::name)
        .def_prop_ro("shape", [](const Port& port) { return nb::tuple(nb::cast(port.shape)); })
        .def_ro("types", &Port::types);
    nb::class_<Model>(module, "Network")
        .def(
            "__init__",
            [](Model* place, const std::filesystem::path& model, const std::optional<std::filesystem::path>& config,
               const std::string& numerics) {
                std::optional<bundle::Model> loaded;
                {
                    const nb::gil_scoped_release release;
                    loaded = bundle::load_model({model, config.value_or(""), numerics});
                }
                new (place) Model(std::move(*loaded));
            },
            nb::arg("model"), nb::arg("config").none(), nb::arg("numerics"))
        .def("predict", &Model::predict, nb::arg("rows"), nb::arg("threads"))
        .def(
            "save",
            [](const Model& model, const std::filesystem::path& file) { network::save(model.model().network, file); },
            nb::arg("file"))
        .def_prop_ro("name", [](const Model& model) { return model.model().network.name; })
        .def_prop_ro("notes", [](const Model& model) { return model.model().notes; })
        .def_prop_ro("inputs",
                     [](const Model& model) { return ports(model.model().network, model.model().network.inputs); })
        .def_prop_ro("outputs",
                     [](const Model& model) { return ports(model.model().network, model.model().network.outputs); });
}

} // namespace gw::python
