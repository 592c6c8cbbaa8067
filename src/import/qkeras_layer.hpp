// What the families of QKeras's layers share.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>

#include "import/qkeras_quantizer.hpp"

namespace gw::import {

/// The quantisers of a layer's variables, by the words before "_quantizer".
class QkerasWeights {
  public:
    QkerasWeights(KerasLayer& layer, std::initializer_list<const char*> parts);

    bool has(const std::string& part) const;
    /// Quantised where the part has a quantiser. The scales that are found depend on the shape: give the file's own.
    FloatArray apply(const std::string& part, FloatArray weights) const;

  private:
    std::map<std::string, std::optional<QkerasQuantizer>> quantizers_;
};

void ignore_qkeras_training(KerasLayer& layer);

/// qkeras_fold.cpp: a dense layer or convolution with a batch normalisation multiplied in before it is quantised.
ReadKerasLayer qkeras_folded(ReadKerasLayer plain);
/// qkeras_recurrent.cpp: QSimpleRNN, QLSTM, QGRU.
void add_qkeras_recurrent(KerasReaders& readers);

} // namespace gw::import
