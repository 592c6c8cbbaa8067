#include "import/keras_examples.hpp"

#include <algorithm>
#include <map>

#include "import/keras_layer.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

using Examples = std::map<std::string, KerasExample>;

const Shape vector{3}, series{4, 2}, image{4, 4, 2};

/// HGQ2's; its widths are variables.
const char* const quantiser =
    R"({"class_name": "QuantizerConfig", "config": {"q_type": "kbi", "round_mode": "RND", "overflow_mode": "SAT"}})";

void add_layers(Examples& all) {
    all["Dense"] = {R"({"units": 2})", {vector}};
    all["EinsumDense"] = {R"({"equation": "ab,bc->ac", "output_shape": 2})", {vector}};
    all["Embedding"] = {R"({"input_dim": 4, "output_dim": 2})", {vector}};
    all["Rescaling"] = {R"({"scale": 0.5, "offset": 1})", {vector}};
    for (const char* name :
         {"Dropout", "AlphaDropout", "GaussianNoise", "GaussianDropout", "ActivityRegularization", "Identity", "ReLU",
          "PReLU", "Softmax", "LeakyReLU", "ELU", "ThresholdedReLU", "BatchNormalization", "RMSNormalization"})
        all[name] = {"{}", {vector}};
    all["LayerNormalization"] = {"{}", {series}};
    all["GroupNormalization"] = {R"({"groups": 1})", {series}};
    all["Activation"] = {R"({"activation": "tanh"})", {vector}};
    all["SpatialDropout1D"] = {"{}", {series}};
    all["SpatialDropout2D"] = {"{}", {image}};
    all["SpatialDropout3D"] = {"{}", {{2, 2, 2, 2}}};
}

void add_spatial_layers(Examples& all) {
    for (const bool two : {false, true}) {
        const std::string n = two ? "2D" : "1D";
        const std::vector<Shape> inputs{two ? image : series};
        const std::string size = two ? "[2, 2]" : "[2]";
        for (const char* kind : {"Conv", "SeparableConv", "DepthwiseConv"})
            all[kind + n] = {R"({"filters": 2, "kernel_size": )" + size + "}", inputs};
        all["DepthwiseConv" + n].config = R"({"kernel_size": )" + size + "}";
        all["Conv" + n + "Transpose"] = all["Conv" + n];
        for (const char* kind : {"MaxPooling", "AveragePooling"})
            all[kind + n] = {R"({"pool_size": )" + size + "}", inputs};
        for (const char* kind : {"GlobalMaxPooling", "GlobalAveragePooling"})
            all[kind + n] = {"{}", inputs};
        all["Cropping" + n] = {R"({"cropping": )" + std::string(two ? "[[1, 1], [1, 1]]" : "[1, 1]") + "}", inputs};
        all["ZeroPadding" + n] = {R"({"padding": )" + std::string(two ? "[[1, 1], [1, 1]]" : "[1, 1]") + "}", inputs};
        all["UpSampling" + n] = {R"({"size": )" + std::string(two ? "[2, 2]" : "2") + "}", inputs};
    }
    all["Flatten"] = {"{}", {series}};
    all["Reshape"] = {R"({"target_shape": [8]})", {series}};
    all["Permute"] = {R"({"dims": [2, 1]})", {series}};
    all["RepeatVector"] = {R"({"n": 2})", {vector}};
}

void add_compound_layers(Examples& all) {
    for (const char* name :
         {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "AveragePow2"})
        all[name] = {"{}", {vector, vector}};
    all["Dot"] = {R"({"axes": 1})", {vector, vector}};
    for (const char* name : {"SimpleRNN", "LSTM", "GRU"})
        all[name] = {R"({"units": 2})", {series}};
    all["Bidirectional"] = {R"({"layer": {"class_name": "LSTM", "config": {"name": "inner", "units": 2}}})", {series}};
    all["TimeDistributed"] = {R"({"layer": {"class_name": "Dense", "config": {"name": "inner", "units": 2}}})",
                              {series}};
    all["MultiHeadAttention"] = {R"({"num_heads": 1, "key_dim": 2})", {series, series}};
}

/// Layers without a plain kin.
void add_quantised_layers(Examples& all) {
    all["qkeras.QActivation"] = {R"x({"activation": "quantized_relu(4,2)"})x", {vector}};
    const std::string cell = R"x("units": 2, "kernel_quantizer": "quantized_bits(6,3,1,alpha=1)", )x"
                             R"x("recurrent_quantizer": "quantized_bits(6,3,1,alpha=1)", )x"
                             R"x("activation": "quantized_tanh(6)")x";
    const std::string gated = cell + R"x(, "recurrent_activation": "quantized_sigmoid(6)"})x";
    all["qkeras.QSimpleRNN"] = {"{" + cell + "}", {series}};
    for (const char* name : {"qkeras.QLSTM", "qkeras.QGRU"})
        all[name] = {"{" + gated, {series}};
    all["qkeras.QBidirectional"] = {R"({"layer": {"class_name": "QLSTM", "config": {"name": "inner", )" + gated + "}}",
                                    {series}};
    all["qkeras.QScaleShift"] = {
        R"x({"weight_quantizer": "quantized_bits(6,3,1,alpha=1)", "bias_quantizer": "quantized_bits(6,3,1,alpha=1)"})x",
        {vector}};
    all["hgq.Quantizer"] = {std::string(R"({"config": )") + quantiser + "}", {vector}};
    all["hgq.QBatchNormDense"] = all.at("Dense");
    all["hgq.QEinsum"] = {R"({"equation": "ab,ab->a"})", {vector, vector}};
    for (const char* name : {"hgq.QSum", "hgq.QMeanPow2"})
        all[name] = {R"({"axes": [1]})", {vector}};
    for (const char* name : {"hgq.QUnaryFunctionLUT", "hgq.QAffinedUnaryFunctionLUT"})
        all[name] = {R"({"activation": "tanh"})", {vector}};
}

/// Several quantisers a layer.
std::string with_quantisers(const std::string& config, std::initializer_list<const char*> keys) {
    Json json = Json::parse(config);
    json["enable_iq"] = true;
    for (const char* key : keys)
        json[std::string(key) + "_conf"] = Json::parse(quantiser);
    return json.dump();
}

void add_hgq_layers(Examples& all) {
    all["HGQ.FixedPointQuantizer"] = {R"({"RND": "RND", "SAT": "SAT"})", {vector}};
    all["HGQ.UnaryLUT"] = {R"({"kif_in": [1, 1, 1], "kif_out": [1, 1, 1]})", {vector}};
    all["hgq.QEinsumDenseBatchnorm"] = {
        with_quantisers(R"({"equation": "ab,bc->ac", "output_shape": 2, "bias_axes": "c"})", {"iq", "kq", "bq"}),
        {vector}};
    const auto attention = [](const std::string& config) {
        return with_quantisers(config, {"qkvo_iq", "qkvo_kq", "qkvo_bq", "qkvo_oq", "softmax_exp_iq", "softmax_exp_oq",
                                        "softmax_inv_iq", "softmax_inv_oq", "softmax_oq"});
    };
    all["hgq.QMultiHeadAttention"] = {attention(R"({"num_heads": 1, "key_dim": 2})"), {series}};
    all["hgq.QLinformerAttention"] = {attention(R"({"num_heads": 1, "key_dim": 2, "lin_kv_proj_dim": 2})"), {series}};
    all["hgq.QSimpleRNN"] = {with_quantisers(R"({"units": 2})", {"iq", "kq", "rkq", "bq", "paq"}), {series}};
    all["hgq.QGRU"] = {with_quantisers(R"({"units": 2})", {"iq", "sq", "kq", "rkq", "bq", "paq", "praq", "rhq"}),
                       {series}};
    const auto tables = [](const std::string& config) { return with_quantisers(config, {"iq", "toq"}); };
    all["hgq.QDenseT"] = {tables(R"({"n_out": 2, "n_hl": 1, "d_hl": 2})"), {vector}};
    all["hgq.QEinsumDenseT"] = {tables(R"({"equation": "ab,bc->ac", "output_shape": [2], "n_hl": 1, "d_hl": 2})"),
                                {vector}};
    all["hgq.QConvT1D"] = {tables(R"({"filters": 2, "kernel_size": [2], "n_hl": 0})"), {series}};
    all["hgq.QConvT2D"] = {tables(R"({"filters": 2, "kernel_size": [2, 2], "n_hl": 0})"), {image}};
}

const Examples& examples() {
    static const Examples all = [] {
        Examples made;
        add_layers(made);
        add_spatial_layers(made);
        add_compound_layers(made);
        add_quantised_layers(made);
        add_hgq_layers(made);
        return made;
    }();
    return all;
}

/// The plain layer's example with quantisers in its configuration.
std::string quantised(const std::string& framework, const std::string& plain, const std::string& config) {
    Json json = Json::parse(config);
    if (framework == "hgq") {
        json["enable_iq"] = true;
        for (const char* key : {"iq_conf", "kq_conf", "bq_conf"})
            json[key] = Json::parse(quantiser);
        return json.dump();
    }
    std::vector<const char*> keys{"kernel_quantizer", "bias_quantizer"};
    if (plain.rfind("SeparableConv", 0) == 0)
        keys = {"depthwise_quantizer", "pointwise_quantizer", "bias_quantizer"};
    else if (plain.rfind("DepthwiseConv", 0) == 0)
        keys = {"depthwise_quantizer", "bias_quantizer"};
    else if (plain == "BatchNormalization")
        keys = {"gamma_quantizer", "beta_quantizer", "mean_quantizer", "variance_quantizer"};
    else if (plain.find("AveragePooling") != std::string::npos)
        keys = {"average_quantizer"};
    for (const char* key : keys)
        json[key] = "quantized_bits(6,3,1,alpha=1)";
    return json.dump();
}

} // namespace

KerasExample keras_example(const std::string& class_name) {
    const auto own = examples().find(class_name);
    if (own != examples().end())
        return own->second;
    const std::size_t dot = class_name.find('.');
    const std::string framework = class_name.substr(0, dot == std::string::npos ? 0 : dot);
    const std::string plain = class_name.substr(std::min(class_name.size(), framework.size() + 2)); // without .Q
    const std::string folded = "Batchnorm"; // QDenseBatchnorm: the same in one
    const bool is_folded = plain.size() > folded.size() && plain.substr(plain.size() - folded.size()) == folded;
    const auto kin = examples().find(is_folded ? plain.substr(0, plain.size() - folded.size()) : plain);
    if (framework.empty() || kin == examples().end())
        throw support::internal_error("class " + class_name + " is read but has no example in keras_examples.cpp");
    return {quantised(framework, kin->first, kin->second.config), kin->second.inputs};
}

Graph read_keras_example(const std::string& class_name, const KerasExample& example) {
    Problems problems("the example of class " + class_name);
    Graph graph;
    graph.file = problems.file();
    KerasModel model{graph, problems};
    for (const Shape& shape : example.inputs)
        graph.inputs.push_back(
            graph.add({"x" + std::to_string(graph.inputs.size()), {}, shape, Input{}, "InputLayer"}));
    const Json json = Json::parse(example.config);
    Attributes config(json, "the layer", problems);
    KerasLayer layer(model, class_name, "layer", config, KerasWeights::imagined(), graph.inputs);
    graph.outputs = read_keras_layer(layer);
    problems.throw_if_any();
    return graph;
}

} // namespace gw::import
