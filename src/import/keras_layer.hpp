// What the reader of one class of Keras layers is given, and the table of all of them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "import/attributes.hpp"
#include "import/graph.hpp"
#include "import/keras_weights.hpp"

namespace gw::import {

/// What all layers of a model share.
struct KerasModel {
    Graph& graph;
    Problems& problems;
    int major = 3; ///< Keras's version, which a few activations depend on
};

/// One call of one layer.
class KerasLayer {
  public:
    KerasLayer(KerasModel& model, std::string class_name, std::string name, Attributes& config, KerasWeights weights,
               std::vector<LayerId> inputs)
        : model(model), class_name(std::move(class_name)), name(std::move(name)), config(config),
          weights(std::move(weights)), inputs(std::move(inputs)) {}

    KerasModel& model;
    std::string class_name, name; ///< the name is the graph's: unique, nested models in front
    Attributes& config;
    KerasWeights weights;
    std::vector<LayerId> inputs;
    const Json* call = nullptr; ///< keyword arguments of the call, tensors taken out; null if none

    const std::string& where() const { return config.where(); }
    const Shape& shape(std::size_t k = 0) const { return model.graph.layer(inputs.at(k)).shape; }
    const Shape& shape_of(LayerId id) const { return model.graph.layer(id).shape; }
    void problem(const std::string& what) { model.problems.add(where() + ": " + what); }
    /// Notes a problem unless there are so many inputs.
    bool require_inputs(std::size_t least, std::size_t most);
    /// Notes a problem unless the first input has so many axes.
    bool require_rank(std::size_t least, std::size_t most);
    FloatArray weight(const std::string& weight_name, const Shape& shape) {
        FloatArray read = weights.next(weight_name, shape, where(), model.problems);
        return on_weight ? on_weight(weight_name, std::move(read)) : read;
    }
    /// What a quantised layer makes of the weights that its plain kin reads.
    std::function<FloatArray(const std::string&, FloatArray)> on_weight;

    bool linear_activation = false; ///< the activation is someone else's to read

    /// The layer itself, named `name`.
    LayerId add(LayerId input, Shape shape, LayerBody body) {
        return add("", {input}, std::move(shape), std::move(body));
    }
    /// A part of it, named `name` + suffix.
    LayerId add(const std::string& suffix, std::vector<LayerId> from, Shape shape, LayerBody body);
    /// The activation of a key of the configuration (a name, or a layer written out) behind `input`: `input` itself if
    /// it is linear, else a layer `name`_<activation>.
    LayerId activated(LayerId input, const std::string& key = "activation");
    /// A permutation of the axes of the event, as a part of the layer.
    LayerId permuted(const std::string& suffix, LayerId input, const std::vector<std::uint32_t>& axes);
    /// An axis as Keras counts it (the batch is 0; negative from the end) -> of the event's shape; notes a problem and
    /// gives none if it is no such axis.
    std::optional<std::uint32_t> axis(const Json& value, const std::string& key, std::size_t rank);
    /// One axis or a list of them, ascending, each once; notes a problem for each that is none.
    std::vector<std::uint32_t> axes(const Json& value, const std::string& key, std::size_t rank);
    /// The two (or `count`) numbers of a key that may also hold one for all.
    std::vector<std::uint32_t> extents(const std::string& key, std::size_t count, std::uint32_t least,
                                       std::uint32_t if_absent);
};

using ReadKerasLayer = std::function<std::vector<LayerId>(KerasLayer&)>; ///< gives the outputs

/// Every class that is understood.
const std::map<std::string, ReadKerasLayer>& keras_readers();
/// Why classes (and activations, by name) that the frameworks know are not read, for messages and the table of layers.
/// A class that has a reader is read, whatever stands here.
const std::map<std::string, std::string>& keras_refusals();
const std::map<std::string, std::string>& keras_activation_refusals();

/// Notes a problem, with the reason where there is one, for a class that is not read.
bool require_keras_class(const std::string& class_name, const std::string& where, Problems& problems);

/// Calls the reader of a class; attributes left over are noted. @param key names the activation's layer, see activated
std::vector<LayerId> read_keras_layer(KerasLayer& layer);

/// A function by Keras's name ("relu", "hard_sigmoid"...); none if there is no such, or if it needs more than one
/// variable (softmax has a body of its own).
std::optional<LayerBody> keras_activation(const std::string& name, int major, std::size_t rank);
/// All such names.
std::vector<std::string> keras_activation_names();

/// keras_<family>.cpp, each for some classes.
using KerasReaders = std::map<std::string, ReadKerasLayer>;
void add_core(KerasReaders& readers);
void add_convolutions(KerasReaders& readers);
void add_pools(KerasReaders& readers);
void add_shapes(KerasReaders& readers);
void add_merges(KerasReaders& readers);
void add_activations(KerasReaders& readers);
void add_normalisations(KerasReaders& readers);
void add_recurrent(KerasReaders& readers);
void add_attention(KerasReaders& readers);
/// "hgq.QDense" and its kin; the plain classes are there already.
void add_hgq2(KerasReaders& readers);
void add_hgq2_attention(KerasReaders& readers);
void add_hgq2_recurrent(KerasReaders& readers);
void add_hgq2_tables(KerasReaders& readers);
/// The two classes of HGQ 1's proxy models that Keras has not.
void add_hgq1(KerasReaders& readers);
/// "QDense" and its kin, with and without the module's name in front.
void add_qkeras(KerasReaders& readers);

} // namespace gw::import
