#include "import/keras_weights.hpp"

#include <cctype>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::import {

namespace {

/// Keras's own names of groups: a new word at every capital that follows a small letter, or that a small letter follows
/// (ReLU is re_lu).
std::string snake_case(const std::string& name) {
    const auto upper = [&](std::size_t i) { return std::isupper(static_cast<unsigned char>(name[i])) != 0; };
    const auto lower = [&](std::size_t i) { return std::islower(static_cast<unsigned char>(name[i])) != 0; };
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool starts_word = i > 0 && upper(i) && (lower(i - 1) || (i + 1 < name.size() && lower(i + 1)));
        if (starts_word)
            out += '_';
        out += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    }
    return out;
}

/// "dense/kernel:0" is kernel.
std::string short_name(const std::string& weight) {
    const std::string tail = weight.substr(weight.rfind('/') + 1);
    return tail.substr(0, tail.find(':'));
}

/// The order in which Keras numbers the variables of a layer: trainable ones first.
std::vector<std::string> numbered_names(const KerasLayer& layer) {
    std::vector<std::string> names;
    if (layer.class_name == "Dense") {
        names = {"kernel"};
        if (layer.use_bias)
            names.push_back("bias");
    } else if (layer.class_name == "BatchNormalization") {
        if (layer.scale)
            names.push_back("gamma");
        if (layer.center)
            names.push_back("beta");
        names.insert(names.end(), {"moving_mean", "moving_variance"});
    }
    return names;
}

} // namespace

KerasWeights::KerasWeights(const Hdf5& file, const KerasConfig& config) : file_(file) {
    for (const char* root : {"layers", "_layer_checkpoint_dependencies"})
        if (file.has(root) && !file.has("model_weights") && !file.texts("", "layer_names")) {
            root_ = std::string(root) + "/";
            numbered_ = true;
            break;
        }
    if (!numbered_) {
        root_ = file.has("model_weights") ? "model_weights/" : "";
        const std::string group = root_.empty() ? "" : "model_weights";
        if (!file.texts(group, "layer_names") && !file.texts(group, "layer_names0"))
            throw support::user_error("there are no Keras weights in this file", file.name(),
                                      "save the model with model.save or model.save_weights");
    }
    std::map<std::string, unsigned> count;
    for (const KerasLayer& layer : config.layers) {
        const std::string word = snake_case(layer.class_name);
        const unsigned index = count[word]++;
        folders_[layer.name] = root_ + (index == 0 ? word : fmt::format("{}_{}", word, index)) + "/vars";
    }
}

std::map<std::string, FloatArray> KerasWeights::numbered(const KerasLayer& layer, Problems& problems) const {
    std::map<std::string, FloatArray> out;
    const std::string& folder = folders_.at(layer.name);
    if (file_.has(folder))
        if (const auto owner = file_.text(folder, "name"); owner && *owner != layer.name)
            problems.add(
                fmt::format("the weights at {} belong to layer '{}', not to '{}'", folder, *owner, layer.name));
    const auto names = numbered_names(layer);
    for (std::size_t i = 0; i <= names.size(); ++i) {
        const std::string path = fmt::format("{}/{}", folder, i);
        if (file_.has(path))
            out.emplace(i < names.size() ? names[i] : "variable " + std::to_string(i), file_.numbers(path));
    }
    return out;
}

std::map<std::string, FloatArray> KerasWeights::named(const KerasLayer& layer) const {
    std::map<std::string, FloatArray> out;
    const std::string group = root_ + layer.name;
    if (!file_.has(group))
        return out;
    const std::vector<std::string> names = file_.texts(group, "weight_names").value_or(std::vector<std::string>{});
    for (const std::string& name : names)
        out.emplace(short_name(name), file_.numbers(group + "/" + name));
    return out;
}

std::map<std::string, FloatArray>
KerasWeights::of(const KerasLayer& layer, const std::map<std::string, Shape>& expected, Problems& problems) const {
    auto found = numbered_ ? numbered(layer, problems) : named(layer);
    const std::string where = fmt::format("{} layer '{}'", layer.class_name, layer.name);
    for (const auto& [name, shape] : expected) {
        const auto at = found.find(name);
        if (at == found.end())
            problems.add(fmt::format("{}: {} has no weight '{}'", where, file_.name(), name));
        else if (at->second.shape != shape)
            problems.add(fmt::format("{}: '{}' has shape [{}], [{}] is expected", where, name,
                                     fmt::join(at->second.shape, ", "), fmt::join(shape, ", ")));
    }
    for (const auto& [name, array] : found)
        if (expected.count(name) == 0)
            problems.add(fmt::format("{}: the weight '{}' is not understood", where, name));
    return found;
}

} // namespace gw::import
