// Where a Keras weight stands in its HDF5 file: three layouts, told apart by what is there.
//
//   layers/<class>_<count>/vars/<n>                Keras 3 `.keras` and `.weights.h5`; classes counted in the model's
//   order _layer_checkpoint_dependencies/...             the same in Keras 2.12 to 2.14 [model_weights/]<layer>/<weight
//   name>          legacy `.h5`; the layer's attribute weight_names lists them
#pragma once

#include <map>
#include <string>

#include "import/hdf5.hpp"
#include "import/keras_config.hpp"

namespace gw::import {

class KerasWeights {
  public:
    /// Throws support::Error (kind user) if the file has none of the layouts.
    KerasWeights(const Hdf5& file, const KerasConfig& config);

    /// The weights of a Dense or BatchNormalization by their Keras names: kernel, bias; gamma, beta, moving_mean,
    /// moving_variance. Missing ones, extra ones and wrong shapes go to `problems`; what is returned then is
    /// incomplete.
    std::map<std::string, FloatArray> of(const KerasLayer& layer, const std::map<std::string, Shape>& expected,
                                         Problems& problems) const;

  private:
    std::map<std::string, FloatArray> numbered(const KerasLayer& layer, Problems& problems) const;
    std::map<std::string, FloatArray> named(const KerasLayer& layer) const;

    const Hdf5& file_;
    std::string root_;
    bool numbered_ = false;
    std::map<std::string, std::string> folders_; ///< layer name -> group of its numbered variables
};

} // namespace gw::import
