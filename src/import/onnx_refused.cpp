#include "import/onnx_refused.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>

#include <onnx/defs/schema.h>

#include "import/onnx_reader.hpp"

namespace gw::import {

const std::map<std::string, std::string>& onnx_refusals() {
    static const std::map<std::string, std::string> all = [] {
        std::map<std::string, std::string> made;
        const auto give = [&](const char* reason, std::initializer_list<const char*> names) {
            for (const char* name : names)
                made[name] = reason;
        };
        give("control flow has no fixed hardware", {"If", "Loop", "Scan"});
        give("sequences and optional values have no fixed hardware",
             {"ConcatFromSequence", "Optional", "OptionalGetElement", "OptionalHasElement", "SequenceAt",
              "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength", "SequenceMap",
              "SplitToSequence"});
        give("random numbers are not computed",
             {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"});
        give("its output's shape depends on values", {"Compress", "NonMaxSuppression", "NonZero", "Unique"});
        give("sorting is not built", {"TopK"});
        give("it works on texts: turn them into numbers before", {"StringNormalizer", "TfIdfVectorizer"});
        give("it prepares signals: do so before",
             {"BlackmanWindow", "DFT", "HammingWindow", "HannWindow", "MelWeightMatrix", "STFT"});
        give("it is a loss, of use in training only", {"NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"});
        return made;
    }();
    return all;
}

OnnxOperators onnx_operators() {
    OnnxOperators all{OnnxReader::operator_names(), {}};
    std::set<std::string> refused;
    for (const auto& schema : onnx::OpSchemaRegistry::get_all_schemas())
        if (schema.domain().empty() && !schema.Deprecated())
            refused.insert(schema.Name());
    for (const std::string& name : all.read)
        refused.erase(name);
    all.refused.assign(refused.begin(), refused.end());
    std::sort(all.read.begin(), all.read.end());
    return all;
}

} // namespace gw::import
