#include "import/keras.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "import/keras_model.hpp"
#include "import/probe.hpp"
#include "import/zip.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

/// Python writes Infinity and NaN into JSON, which JSON has not: they become texts, and are refused by the name of
/// their key where they matter.
std::string without_infinities(const std::string& json) {
    std::string out;
    bool inside_text = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (inside_text && c == '\\' && i + 1 < json.size()) {
            out += c;
            out += json[++i];
            continue;
        }
        if (c == '"')
            inside_text = !inside_text;
        std::string_view word;
        for (const std::string_view candidate : {"-Infinity", "Infinity", "NaN"})
            if (!inside_text && json.compare(i, candidate.size(), candidate) == 0)
                word = candidate;
        if (word.empty()) {
            out += c;
        } else {
            out.append("\"").append(word).append("\"");
            i += word.size() - 1;
        }
    }
    return out;
}

} // namespace

namespace {

/// Refuses what would take a deep stack to walk; 16 models in each other have some 100 levels.
void require_shallow(const std::string& json, const std::string& name) {
    constexpr int deepest = 400;
    int depth = 0;
    bool inside_text = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (inside_text && c == '\\')
            ++i;
        else if (c == '"')
            inside_text = !inside_text;
        else if (!inside_text)
            depth += c == '[' || c == '{' ? 1 : (c == ']' || c == '}' ? -1 : 0);
        if (depth > deepest)
            throw support::user_error("its JSON is nested too deeply", name, "write the model again");
    }
}

/// Keras's version where nothing states it: only Keras 3 writes these words.
int guessed_major(const std::string& json) {
    for (const char* word : {"__keras_tensor__", "DTypePolicy", "\"batch_shape\"", "\"optional\""})
        if (json.find(word) != std::string::npos)
            return 3;
    return 2;
}

int major_of(const std::optional<std::string>& version, const std::string& json) {
    return version && !version->empty() && version->front() >= '1' && version->front() <= '9' ? version->front() - '0'
                                                                                              : guessed_major(json);
}

} // namespace

Graph read_keras(const std::string& json, const Hdf5& weights, const std::string& name,
                 const std::optional<std::string>& version) {
    require_shallow(json, name);
    Json model = Json::parse(json, nullptr, false);
    if (model.is_discarded())
        model = Json::parse(without_infinities(json), nullptr, false);
    if (model.is_discarded())
        throw support::user_error("this is not JSON", name, "write the model again");
    Problems problems(name);
    Graph graph;
    graph.file = name;
    graph.kind = FileKind::keras;
    const bool stated = model.is_object() && model.contains("keras_version") && model["keras_version"].is_string();
    KerasModel reading{graph, problems, major_of(stated ? model["keras_version"].get<std::string>() : version, json)};
    read_keras_model(model, reading, KerasWeights(weights));
    problems.throw_if_any();
    return graph;
}

Graph read_keras_archive(const std::filesystem::path& file) {
    const auto members = read_zip(file, {"metadata.json", "config.json", "model.weights.h5"});
    require_shallow(members.at("metadata.json"), file.string());
    const Json metadata = Json::parse(members.at("metadata.json"), nullptr, false);
    const bool stated =
        metadata.is_object() && metadata.contains("keras_version") && metadata["keras_version"].is_string();
    return read_keras(members.at("config.json"), Hdf5::from_bytes(members.at("model.weights.h5"), file.string()),
                      file.string(),
                      stated ? std::optional(metadata["keras_version"].get<std::string>()) : std::nullopt);
}

namespace {

Graph read_whole_model(const std::filesystem::path& file) {
    const Hdf5 contents = Hdf5::open(file);
    const auto json = contents.text("", "model_config");
    if (!json)
        throw support::user_error("the file has weights but no model (no attribute model_config)", file.string(),
                                  "save the whole model, or name the model's .json file instead");
    return read_keras(*json, contents, file.string(), contents.text("", "keras_version"));
}

/// The `.h5` that people put beside NAME.json.
std::filesystem::path weights_beside(const std::filesystem::path& file) {
    for (const char* ending : {".h5", "_weights.h5", ".weights.h5", ".hdf5"}) {
        std::filesystem::path beside = file.parent_path() / (file.stem().string() + ending);
        std::error_code error;
        if (std::filesystem::is_regular_file(beside, error))
            return beside;
    }
    throw support::user_error("there is no weight file beside it", file.string(),
                              "put NAME.h5 beside NAME.json, or name it as KerasH5 in the configuration (--config)");
}

} // namespace

Graph read_keras_hdf5(const std::filesystem::path& file) {
    require_survivable(file.string(), [&] { read_whole_model(file); });
    return read_whole_model(file);
}

Graph read_keras_json(const std::filesystem::path& file, const std::optional<std::filesystem::path>& weights) {
    const std::string json = support::read_file(file);
    const std::filesystem::path stored = weights ? *weights : weights_beside(file);
    const auto read = [&] { return read_keras(json, Hdf5::open(stored), file.string(), std::nullopt); };
    require_survivable(stored.string(), read);
    return read();
}

} // namespace gw::import
