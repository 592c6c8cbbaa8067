// Where a Keras layer's variables stand in its HDF5 file: three layouts, told apart by what is there.
//
//   layers/<class>_<count>/vars/<n>                 Keras 3 `.keras` and `.weights.h5`; classes counted in the model's
//   order; parts of a layer and nested models in groups of their own
//   _layer_checkpoint_dependencies/...              the same in Keras 2.12 to 2.14
//   [model_weights/]<layer>/<weight name>           legacy `.h5`; the layer's attribute weight_names lists them, those
//   of a nested model together
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "import/hdf5.hpp"
#include "import/problems.hpp"

namespace gw::import {

/// The variables of one layer, of a part of one, or of a model. Copies of a legacy group share what was taken.
class KerasWeights {
  public:
    /// Of the whole model. Throws support::Error (kind user) if the file has none of the layouts.
    explicit KerasWeights(const Hdf5& file);
    /// Of no file: whatever is asked for is there, and 2 (for keras_examples.hpp).
    static KerasWeights imagined() { return KerasWeights(); }

    /// Of each layer of this model, given class and name of all of them in the model's order. Every call starts anew,
    /// so that a layer used twice finds its variables twice.
    std::vector<KerasWeights> layers(const std::vector<std::pair<std::string, std::string>>& classes_and_names) const;
    /// The same from the start, whatever is taken of this.
    KerasWeights again() const;
    /// Of a part: an RNN's cell, a wrapper's layer. @param names the group's possible names, the first one there counts
    KerasWeights part(const std::vector<std::string>& names) const;

    /// The next variable in Keras's own order (trainable ones first); its Keras name serves legacy files. A missing one
    /// or a wrong shape goes to `problems`, and zeros come back.
    FloatArray next(const std::string& name, const Shape& shape, const std::string& where, Problems& problems);
    /// Passes over the next variable, whatever it holds.
    void skip() { count_ += numbered_ ? 1 : 0; }
    /// How many variables are left.
    std::size_t left() const;
    /// Shape of the variable that `next` would give first; none if there is none left.
    std::optional<Shape> next_shape() const;
    /// What the file calls the owner of these variables, where it says so (Keras 3.15 and later).
    std::optional<std::string> owner() const;

  private:
    KerasWeights() = default;
    KerasWeights(const Hdf5& file, bool numbered, std::string path)
        : file_(&file), numbered_(numbered), path_(std::move(path)) {}

    const Hdf5* file_ = nullptr; ///< none: imagined
    bool numbered_ = false;
    std::string path_; ///< numbered: the group that holds vars; legacy: the top layer's group
    std::size_t count_ = 0;
    std::shared_ptr<std::vector<std::string>> entries_; ///< legacy: names not yet taken
    bool is_root_ = false;
};

} // namespace gw::import
