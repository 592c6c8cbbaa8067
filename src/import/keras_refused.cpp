// Classes that Keras, QKeras and HGQ know and that are not read, each with the reason that its error gives. The lists
// are those of Keras 2.15 and 3.15, QKeras 0.9, HGQ 0.2.6 and HGQ2 0.2.
#include "import/keras_layer.hpp"

namespace gw::import {

namespace {

using Names = std::initializer_list<const char*>;
using Reasons = std::map<std::string, std::string>;

void give(Reasons& all, const std::string& reason, Names names) {
    for (const char* name : names)
        all[name] = reason;
}

void add_plain_classes(Reasons& all) {
    give(all, "it has three spatial axes, a network has one or two",
         {"Conv3D", "Conv3DTranspose", "MaxPooling3D", "AveragePooling3D", "GlobalMaxPooling3D",
          "GlobalAveragePooling3D", "AdaptiveMaxPooling3D", "AdaptiveAveragePooling3D", "Cropping3D", "ZeroPadding3D",
          "UpSampling3D", "ConvLSTM3D"});
    give(all, "convolutions inside a recurrence are not built", {"ConvLSTM1D", "ConvLSTM2D"});
    give(all, "cells of their own are not built; SimpleRNN, LSTM and GRU are read",
         {"RNN", "LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells"});
    give(all, "of the attentions, only MultiHeadAttention is built",
         {"Attention", "AdditiveAttention", "GroupedQueryAttention", "GroupQueryAttention"});
    give(all, "windows of unequal sizes are not built",
         {"AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D"});
    give(all, "locally connected weights are not built", {"LocallyConnected1D", "LocallyConnected2D"});
    give(all, "dividing by an event's own norm is not built", {"UnitNormalization"});
    give(all, "events of varying length are not built", {"Masking"});
    give(all, "a table read both ways is not built", {"ReversibleEmbedding"});
}

void add_foreign_classes(Reasons& all) {
    give(all, "it only prepares events: scale them before, or save a Rescaling instead", {"Normalization"});
    give(all, "it works on texts or categories: turn them into numbers before",
         {"StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "HashedCrossing", "CategoryEncoding",
          "Discretization"});
    give(all, "it prepares images: do so before",
         {"Resizing", "CenterCrop", "AutoContrast", "Equalization", "ContrastLimitedAdaptiveHistogramEqualization",
          "Solarization", "MaxNumBoundingBoxes"});
    give(all, "it prepares sounds: do so before", {"MelSpectrogram", "STFTSpectrogram"});
    give(all, "it changes images at random, in training only: save the model without it",
         {"AugMix",
          "CutMix",
          "MixUp",
          "RandAugment",
          "RandomBrightness",
          "RandomColorDegeneration",
          "RandomColorJitter",
          "RandomContrast",
          "RandomCrop",
          "RandomElasticTransform",
          "RandomErasing",
          "RandomFlip",
          "RandomGaussianBlur",
          "RandomGrayscale",
          "RandomHeight",
          "RandomHue",
          "RandomInvert",
          "RandomPerspective",
          "RandomPosterization",
          "RandomRotation",
          "RandomSaturation",
          "RandomSharpness",
          "RandomShear",
          "RandomTranslation",
          "RandomWidth",
          "RandomZoom"});
    give(all, "it holds code of another program, not a layer: write it as layers",
         {"Lambda", "TFSMLayer", "TFOpLambda", "SlicingOpLambda", "JaxLayer", "FlaxLayer", "TorchModuleWrapper",
          "Pipeline", "DenseFeatures"});
    give(all, "it changes weights in training: save the layer inside it", {"SpectralNormalization"});
    give(all, "it is a class to derive from, not a layer", {"Layer", "Wrapper"});
}

void add_quantised_classes(Reasons& all) {
    for (const char* prefix : {"qkeras.", "qkeras>", ""}) {
        const auto own = [&](const std::string& reason, Names names) {
            for (const char* name : names)
                all[prefix + std::string(name)] = reason;
        };
        own("cells of their own are not built; QSimpleRNN, QLSTM and QGRU are read",
            {"QSimpleRNNCell", "QLSTMCell", "QGRUCell"});
        own("its range follows the data: save it with the range found", {"QAdaptiveActivation"});
        own("convolutions at two resolutions are not built", {"QOctaveConv2D"});
    }
    for (const char* prefix : {"HGQ.", "HGQ>"})
        for (const char* name : {"HDense", "HDenseBatchNorm", "HConv1D", "HConv2D", "HConv1DBatchNorm",
                                 "HConv2DBatchNorm", "HBatchNormalization", "HActivation", "HAdd", "HQuantize",
                                 "HMultiHeadAttention", "Signature", "PReshape", "PFlatten", "PConcatenate", "PDropout",
                                 "PPermute", "PMaxPooling1D", "PMaxPooling2D", "PAveragePooling1D",
                                 "PAveragePooling2D"})
            all[prefix + std::string(name)] = "the file of a trained HGQ 1 model does not say its integer bits: "
                                              "HGQ.trace_minmax and HGQ.to_proxy_model make a model that does";
}

} // namespace

const std::map<std::string, std::string>& keras_refusals() {
    static const Reasons all = [] {
        Reasons reasons;
        add_plain_classes(reasons);
        add_foreign_classes(reasons);
        add_quantised_classes(reasons);
        return reasons;
    }();
    return all;
}

const std::map<std::string, std::string>& keras_activation_refusals() {
    static const Reasons all{{"sparsemax", "it sorts its elements, which is not built"},
                             {"glu", "halves of an axis times each other are not built; write them as layers"}};
    return all;
}

} // namespace gw::import
