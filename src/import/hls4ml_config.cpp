#include "import/hls4ml_config.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "import/problems.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::import {

namespace {

std::string small_letters(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    return text;
}

/// One mapping of the file, key by key; a key that stands twice or is no text is refused.
template <typename Use> void each_key(const YAML::Node& node, const std::string& where, Problems& problems, Use use) {
    if (node.IsNull())
        return;
    if (!node.IsMap())
        return problems.add(fmt::format("{}: keys and values are expected", where.empty() ? "the file" : where));
    std::set<std::string> seen;
    for (const auto& entry : node) {
        if (!entry.first.IsScalar()) {
            problems.add(fmt::format("{}: a key is not a text", where));
            continue;
        }
        const std::string key = entry.first.Scalar();
        if (!seen.insert(key).second)
            problems.add(fmt::format("{}: the key '{}' stands twice", where, key));
        use(key, entry.second);
    }
}

std::string scalar(const YAML::Node& node, const std::string& where, Problems& problems) {
    if (node.IsScalar())
        return node.Scalar();
    problems.add(fmt::format("{}: one value is expected", where));
    return {};
}

/// Reads the settings of the model, a class or a layer.
class SettingsReader {
  public:
    enum class Level : std::uint8_t { model, layer };
    SettingsReader(std::string where, Level level, Problems& problems)
        : where_(std::move(where)), level_(level), problems_(problems) {}

    LayerSettings read(const YAML::Node& node) {
        each_key(node, where_, problems_,
                 [&](const std::string& key, const YAML::Node& value) { read_key(key, value); });
        return std::move(out_);
    }

  private:
    void read_key(const std::string& key, const YAML::Node& value) {
        // What only says how to build, or how to watch a build, cannot change a bit.
        static const std::set<std::string> harmless{"Trace",
                                                    "TraceOutput",
                                                    "TargetCycles",
                                                    "BramFactor",
                                                    "PipelineStyle",
                                                    "PipelineInterval",
                                                    "ConvImplementation",
                                                    "ParallelizationFactor",
                                                    "BitExact",
                                                    "Static",
                                                    "RecurrentReuseFactor",
                                                    "Algorithm",
                                                    "ForwardReuseFactor",
                                                    "BackwardReuseFactor",
                                                    "ForwardRecurrentReuseFactor",
                                                    "BackwardRecurrentReuseFactor"};
        const std::string at = where_ + "." + key;
        if (key == "Precision")
            read_precisions(value, at);
        else if (key == "ReuseFactor")
            read_reuse(value, at);
        else if (key == "Strategy")
            read_strategy(value, at);
        else if (key == "Compression" || key == "Skip")
            read_inert(value, at);
        else if (key == "TableSize" || key == "table_size")
            read_table_size(value, at);
        else if (key == "TableRangePower2" || key == "table_range_power2")
            read_table_range(value, at);
        else if (key == "Implementation" || key == "implementation")
            read_implementation(value, at);
        else if (key.size() > 2 && key.substr(key.size() - 2) == "_t")
            read_attribute(key, value, at);
        else if (harmless.count(key) == 0)
            problems_.add(fmt::format("{}: the key is not understood", at));
    }

    void read_precisions(const YAML::Node& node, const std::string& at) {
        if (node.IsScalar())
            return read_precision("default", node, at);
        each_key(node, at, problems_, [&](const std::string& variable, const YAML::Node& value) {
            static const std::set<std::string> known{
                "default", "weight",  "bias",       "scale",         "accum",     "result",  "table",
                "param",   "slope",   "shift",      "exp_table",     "inv_table", "inv_inp", "recurrent_weight",
                "slope_t", "shift_t", "embeddings", "recurrent_bias"};
            if (known.count(variable) != 0 || known.count(without_direction(variable)) != 0 ||
                (variable == "maximum" && level_ == Level::model))
                read_precision(variable, value, at + "." + variable);
            else
                problems_.add(fmt::format("{}.{}: the variable is not understood", at, variable));
        });
    }

    /// The variables of a Bidirectional layer say which of its two layers they belong to.
    static std::string without_direction(const std::string& variable) {
        for (const std::string direction : {"forward_", "backward_"})
            if (variable.rfind(direction, 0) == 0)
                return variable.substr(direction.size());
        return variable;
    }

    void read_precision(const std::string& variable, const YAML::Node& node, const std::string& at) {
        const std::string text = scalar(node, at, problems_);
        if (small_letters(text) == "auto") {
            if (level_ == Level::model)
                problems_.add(fmt::format("{}: auto is understood for single layers only", at));
            out_.precision[variable] = std::nullopt;
            return;
        }
        try {
            out_.precision[variable] = fixed::parse_type(text);
        } catch (const support::Error& error) {
            problems_.add(fmt::format("{}: '{}': {}", at, text, error.problem()));
        }
    }

    void read_reuse(const YAML::Node& node, const std::string& at) {
        int value = 0;
        if (!node.IsScalar() || !YAML::convert<int>::decode(node, value) || value < 1 || value > (1 << 30))
            problems_.add(fmt::format("{}: a whole number from 1 is expected", at));
        else
            out_.reuse_factor = static_cast<std::uint32_t>(value);
    }

    void read_strategy(const YAML::Node& node, const std::string& at) {
        const std::string name = small_letters(scalar(node, at, problems_));
        static const std::set<std::string> known{"latency",
                                                 "resource",
                                                 "unrolled",
                                                 "resource_unrolled",
                                                 "resourceunrolled",
                                                 "distributed_arithmetic",
                                                 "distributedarithmetic"};
        if (known.count(name) == 0)
            problems_.add(fmt::format("{}: '{}' is no strategy that is understood", at, name));
        out_.strategy = name;
    }

    void read_inert(const YAML::Node& node, const std::string& at) {
        bool on = false;
        if (!node.IsScalar() || !YAML::convert<bool>::decode(node, on) || on)
            problems_.add(fmt::format("{}: only false is understood", at));
    }

    void read_table_size(const YAML::Node& node, const std::string& at) {
        std::int64_t value = 0;
        if (!node.IsScalar() || !YAML::convert<std::int64_t>::decode(node, value) || value < 2 || value > (1 << 20))
            problems_.add(fmt::format("{}: a number of points from 2 to {} is expected", at, 1 << 20));
        else
            out_.table_size = value;
    }

    void read_table_range(const YAML::Node& node, const std::string& at) {
        std::int32_t value = 0;
        if (!node.IsScalar() || !YAML::convert<std::int32_t>::decode(node, value) || value < 0 || value > 16)
            problems_.add(fmt::format("{}: a whole number from 0 to 16 is expected", at));
        else
            out_.table_range_power2 = value;
    }

    void read_implementation(const YAML::Node& node, const std::string& at) {
        static const std::set<std::string> known{"stable", "latency", "legacy", "argmax"};
        out_.implementation = small_letters(scalar(node, at, problems_));
        if (known.count(*out_.implementation) == 0)
            problems_.add(fmt::format("{}: stable, latency, legacy or argmax is expected", at));
    }

    /// hls4ml takes any attribute's type this way.
    void read_attribute(const std::string& key, const YAML::Node& node, const std::string& at) {
        static const std::set<std::string> known{"table_t", "exp_table_t", "inv_table_t", "inv_inp_t"};
        const std::string text = scalar(node, at, problems_);
        if (known.count(key) == 0)
            return problems_.add(fmt::format("{}: the key is not understood", at));
        try {
            out_.attributes[key] = fixed::parse_type(text);
        } catch (const support::Error& error) {
            problems_.add(fmt::format("{}: '{}': {}", at, text, error.problem()));
        }
    }

    std::string where_;
    Level level_;
    Problems& problems_;
    LayerSettings out_;
};

void read_hls_section(const YAML::Node& node, Hls4mlConfig& config, Problems& problems) {
    const auto read_map = [&](const YAML::Node& map, const std::string& where,
                              std::map<std::string, LayerSettings>& out) {
        each_key(map, where, problems, [&](const std::string& name, const YAML::Node& value) {
            SettingsReader reader(where + "." + name, SettingsReader::Level::layer, problems);
            out[small_letters(name)] = reader.read(value);
        });
    };
    each_key(node, "HLSConfig", problems, [&](const std::string& key, const YAML::Node& value) {
        if (key == "Model")
            config.model = SettingsReader("HLSConfig.Model", SettingsReader::Level::model, problems).read(value);
        else if (key == "LayerType")
            read_map(value, "HLSConfig.LayerType", config.by_type);
        else if (key == "LayerName")
            read_map(value, "HLSConfig.LayerName", config.by_name);
        else
            problems.add(fmt::format("HLSConfig.{}: the key is not understood", key));
    });
}

void read_top_key(const std::string& key, const YAML::Node& value, Hls4mlConfig& config, Problems& problems) {
    static const std::set<std::string> harmless{
        "OutputDir", "ProjectName", "ProjectDir", "ClockUncertainty", "IOType", "InputData",   "OutputPredictions",
        "Stamp",     "Version",     "XilinxPart", "WriterConfig",     "Part",   "InputShapes", "OutputShapes"};
    const auto path = [&]() { return std::filesystem::path(config.file).parent_path() / scalar(value, key, problems); };
    if (key == "KerasJson")
        config.keras_json = path();
    else if (key == "KerasH5")
        config.keras_h5 = path();
    else if (key == "KerasModel")
        config.keras_model = path();
    else if (key == "OnnxModel")
        config.onnx_model = path();
    else if (key == "Backend")
        config.backend = scalar(value, key, problems);
    else if (key == "HLSConfig")
        read_hls_section(value, config, problems);
    else if (key == "ClockPeriod") {
        double period = 0;
        if (!value.IsScalar() || !YAML::convert<double>::decode(value, period) || !(period > 0 && period < 1e6))
            problems.add("ClockPeriod: a positive number of nanoseconds is expected");
        config.clock_period_ns = period;
    } else if (harmless.count(key) == 0)
        problems.add(fmt::format("{}: the key is not understood", key));
    if (key == "IOType") {
        const std::string type = small_letters(scalar(value, key, problems));
        config.io_stream = type == "io_stream";
        if (type != "io_stream" && type != "io_parallel")
            problems.add("IOType: io_parallel or io_stream is expected");
    }
    if (key == "Part" && value.IsScalar())
        config.part = value.Scalar();
}

} // namespace

Hls4mlConfig parse_hls4ml_config(const std::string& text, const std::string& name) {
    Hls4mlConfig config;
    config.file = name;
    Problems problems(name);
    try {
        const YAML::Node root = YAML::Load(text);
        if (!root.IsMap())
            throw support::user_error("this is no hls4ml configuration: keys and values are expected", name);
        each_key(root, "", problems,
                 [&](const std::string& key, const YAML::Node& value) { read_top_key(key, value, config, problems); });
        if (!root["HLSConfig"])
            problems.add("HLSConfig: the key is missing");
    } catch (const YAML::Exception& error) {
        throw support::user_error(fmt::format("this is not YAML: {} (line {})", error.msg, error.mark.line + 1), name,
                                  "mend the file");
    }
    problems.throw_if_any();
    return config;
}

Hls4mlConfig read_hls4ml_config(const std::filesystem::path& file) {
    return parse_hls4ml_config(support::read_file(file), file.string());
}

namespace {

/// A class that hls4ml never looks up may say auto, which is what it means anyway, and nothing else.
void check_without_effect(const std::string& where, const LayerSettings& settings, Problems& problems) {
    for (const auto& [variable, type] : settings.precision)
        if (type && variable != "table")
            problems.add(fmt::format("{}.Precision.{}: hls4ml never reads this; name the layer under LayerName", where,
                                     variable));
}

} // namespace

void require_names_match(const Hls4mlConfig& config, const Graph& graph) {
    // Which variables a class of layer has; hls4ml itself passes over others in silence.
    const std::set<std::string> of_sum{"default", "weight", "bias", "accum", "result"};
    const std::set<std::string> of_activation{"default", "result", "table", "param"};
    const std::set<std::string> of_pool{"default", "accum", "result"};
    const std::set<std::string> of_recurrent{"default",        "weight", "bias",  "recurrent_weight",
                                             "recurrent_bias", "accum",  "table", "result"};
    const std::set<std::string> plain{"default", "result"};
    const std::map<std::string, std::set<std::string>> variables{
        {"input", plain},
        {"dense", of_sum},
        {"conv1d", of_sum},
        {"conv2d", of_sum},
        {"depthwiseconv1d", of_sum},
        {"depthwiseconv2d", of_sum},
        {"batchnormalization", {"default", "scale", "bias", "accum", "result"}},
        {"activation", of_activation},
        {"parametrizedactivation", of_activation},
        {"prelu", of_activation},
        {"hardactivation", {"default", "result", "table", "slope", "shift", "slope_t", "shift_t"}},
        {"softmax", {"default", "result", "table", "accum", "exp_table", "inv_table", "inv_inp"}},
        {"merge", plain},
        {"concatenate", plain},
        {"dot", of_pool},
        {"pooling1d", of_pool},
        {"pooling2d", of_pool},
        {"globalpooling1d", of_pool},
        {"globalpooling2d", of_pool},
        {"reshape", plain},
        {"transpose", plain},
        {"resize", plain},
        {"zeropadding1d", plain},
        {"zeropadding2d", plain},
        {"cropping1d", plain},
        {"cropping2d", plain},
        {"embedding", {"default", "embeddings", "result"}},
        {"simplernn", of_recurrent},
        {"gru", of_recurrent},
        {"lstm", of_recurrent},
        {"bidirectional",
         {"default", "accum", "table", "result", "forward_weight", "forward_bias", "forward_recurrent_weight",
          "forward_recurrent_bias", "backward_weight", "backward_bias", "backward_recurrent_weight",
          "backward_recurrent_bias"}},
        {"layernormalization", {"default", "scale", "bias", "accum", "table", "result"}},
        {"einsumdense", of_sum}};
    Problems problems(config.file);
    const auto check = [&](const std::string& where, const std::string& kind, const LayerSettings& settings) {
        for (const auto& [variable, type] : settings.precision)
            if (variables.at(kind).count(variable) == 0)
                problems.add(
                    fmt::format("{}.Precision.{}: a layer of class {} has no such variable", where, variable, kind));
    };
    for (const auto& [kind, settings] : config.by_type) {
        // hls4ml writes these two classes into its own configurations, but looks layers up by others.
        const bool written_only = kind == "inputlayer" || kind == "thresholdedrelu";
        if (variables.count(kind) != 0)
            check("HLSConfig.LayerType." + kind, kind, settings);
        else if (written_only)
            check_without_effect("HLSConfig.LayerType." + kind, settings, problems);
        else
            problems.add(
                fmt::format("HLSConfig.LayerType.{}: hls4ml looks no layer up by this class; its names are those of "
                            "its own layers, such as Dense, Conv2D, Activation, ParametrizedActivation, Merge",
                            kind));
    }
    std::map<std::string, std::string> kinds;
    for (const Layer& layer : graph.layers)
        kinds[small_letters(hls4ml_name(layer))] = hls4ml_class(layer).value_or("");
    for (const auto& [name, settings] : config.by_name) {
        const auto found = kinds.find(name);
        if (found == kinds.end() || found->second.empty())
            problems.add(fmt::format("HLSConfig.LayerName.{}: {} has no such layer", name, graph.file));
        else
            check("HLSConfig.LayerName." + name, found->second, settings);
    }
    problems.throw_if_any();
}

} // namespace gw::import
