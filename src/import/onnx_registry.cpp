#include "import/onnx_registry.hpp"

#include <onnx/defs/schema.h>

namespace gw::import {

const OnnxReaders& onnx_readers() {
    static const OnnxReaders all = [] {
        OnnxReaders readers;
        for (const auto add :
             {add_onnx_gathers, add_onnx_functions, add_onnx_arithmetic, add_onnx_logic, add_onnx_products,
              add_onnx_convolutions, add_onnx_pools, add_onnx_normalisations, add_onnx_shapes, add_onnx_movements,
              add_onnx_resizes, add_onnx_reductions, add_onnx_recurrent, add_onnx_constants, add_onnx_quantisers,
              add_onnx_staircases, add_onnx_integers, add_onnx_integer_products})
            add(readers);
        return readers;
    }();
    return all;
}

std::vector<std::string> onnx_operators() {
    std::vector<std::string> names;
    for (const auto& [name, reader] : onnx_readers())
        names.push_back(name);
    return names;
}

std::string onnx_operator_key(const std::string& domain, const std::string& type) {
    // ONNX's own domain, and the three that QONNX's operators have had.
    const bool plain = domain.empty() || domain == "ai.onnx" || domain == "qonnx.custom_op.general" ||
                       domain == "onnx.brevitas" || domain == "finn.custom_op.general";
    return plain ? type : domain + "." + type;
}

const std::map<std::string, std::string>& onnx_refused_operators() {
    const char* const text = "it works on text";
    const char* const sizes = "the size of its output depends on the data";
    const char* const indices = "it chooses by computed indices, which no layer does";
    const char* const subgraph = "it runs a graph of its own";
    const char* const random = "its output is random";
    const char* const signal = "signal processing in complex numbers has no layer";
    const char* const bits = "operations on the bits of integers have no layer";
    const char* const sequence = "sequences and optional values have no layer";
    const char* const function = "no layer computes this function";
    const char* const training = "it is a part of training";
    static const std::map<std::string, std::string> all{
        {"StringConcat", text},
        {"StringNormalizer", text},
        {"StringSplit", text},
        {"RegexFullMatch", text},
        {"TfIdfVectorizer", text},
        {"LabelEncoder", text},
        {"NonZero", sizes},
        {"Compress", sizes},
        {"Unique", sizes},
        {"NonMaxSuppression", sizes},
        {"ArgMax", "an index of the largest value has no layer"},
        {"ArgMin", "an index of the smallest value has no layer"},
        {"Hardmax", "an index of the largest value has no layer"},
        {"TopK", "sorting has no layer"},
        {"GatherElements", indices},
        {"GatherND", indices},
        {"Scatter", indices},
        {"ScatterElements", indices},
        {"ScatterND", indices},
        {"TensorScatter", indices},
        {"OneHot", indices},
        {"ReverseSequence", indices},
        {"GridSample", indices},
        {"RoiAlign", indices},
        {"MaxRoiPool", indices},
        {"MaxUnpool", indices},
        {"DeformConv", indices},
        {"DynamicQuantizeLinear", "its scale depends on the data of all events"},
        {"CenterCropPad", "its window depends on computed sizes"},
        {"If", subgraph},
        {"Loop", subgraph},
        {"Scan", subgraph},
        {"SequenceMap", subgraph},
        {"RandomNormal", random},
        {"RandomNormalLike", random},
        {"RandomUniform", random},
        {"RandomUniformLike", random},
        {"Bernoulli", random},
        {"Multinomial", random},
        {"DFT", signal},
        {"STFT", signal},
        {"MelWeightMatrix", signal},
        {"HannWindow", signal},
        {"HammingWindow", signal},
        {"BlackmanWindow", signal},
        {"BitShift", bits},
        {"BitwiseAnd", bits},
        {"BitwiseOr", bits},
        {"BitwiseXor", bits},
        {"BitwiseNot", bits},
        {"BitCast", bits},
        {"SequenceAt", sequence},
        {"SequenceConstruct", sequence},
        {"SequenceEmpty", sequence},
        {"SequenceErase", sequence},
        {"SequenceInsert", sequence},
        {"SequenceLength", sequence},
        {"ConcatFromSequence", sequence},
        {"SplitToSequence", sequence},
        {"Optional", sequence},
        {"OptionalGetElement", sequence},
        {"OptionalHasElement", sequence},
        {"Gradient", training},
        {"Adam", training},
        {"Adagrad", training},
        {"Momentum", training},
        {"NegativeLogLikelihoodLoss", training},
        {"SoftmaxCrossEntropyLoss", training},
        {"LRN", "a sum over neighbouring channels has no layer"},
        {"LpPool", "a root of a sum of powers over a window has no layer"},
        {"GlobalLpPool", "a root of a sum of powers over a window has no layer"},
        {"Acos", function},
        {"Acosh", function},
        {"Asin", function},
        {"Asinh", function},
        {"Atan", function},
        {"Atanh", function},
        {"Cosh", function},
        {"Sinh", function},
        {"Tan", function},
        {"CumProd", "a running product has no layer"},
        {"SwiGLU", "a gated unit of one operator is not taken apart yet"},
        {"LinearAttention", "an attention of one operator is not taken apart yet"},
        {"CausalConvWithState", "a state that is kept between events has no layer"},
        {"Det", "a determinant has no layer"},
        {"EyeLike", "a diagonal as large as its input has no layer"},
        {"Mod", "a remainder has no layer"},
        {"IsNaN", "there are no NaN in fixed point"},
        {"IsInf", "there are no infinities in fixed point"},
        {"Col2Im", "sums of overlapping blocks have no layer"},
        {"ImageDecoder", "it reads compressed images"},
        {"AffineGrid", indices},
        {"Attention", "an attention of one operator is not taken apart yet"},
        {"FlexAttention", "an attention of one operator is not taken apart yet"},
        {"RotaryEmbedding", "an attention of one operator is not taken apart yet"},
    };
    return all;
}

std::map<std::string, std::string> onnx_unread_operators() {
    std::map<std::string, std::string> all = onnx_refused_operators();
    for (const auto& schema : onnx::OpSchemaRegistry::get_all_schemas())
        if (schema.domain().empty() && !schema.Deprecated() && onnx_readers().count(schema.Name()) == 0)
            all.emplace(schema.Name(), "not built");
    return all;
}

} // namespace gw::import
